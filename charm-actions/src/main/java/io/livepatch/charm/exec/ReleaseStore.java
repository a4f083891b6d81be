package io.livepatch.charm.exec;

import io.livepatch.charm.api.CharmException;
import io.livepatch.common.file.AtomicFile;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The releases that the processes of a model run from: {@code <id>/} with {@code bin} and {@code lib}, and the link {@code current} to
 * that of the newest command. A release is copied whole or not at all and never changed afterwards, except that AOT caches are added.
 * Commands and the controller, which are different processes, exclude each other by a lock on a file.
 */
public final class ReleaseStore {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final String ID_FILE = "RELEASE";
    /** Caches are bound to a Java version, and two trainings of one release differ: no part of its content. */
    private static final String CACHES = "aot";

    private static final String CURRENT = "current";
    private static final Pattern PID = Pattern.compile("[0-9]+");

    private final Path root;

    public ReleaseStore(Path root) {
        this.root = root;
    }

    public Path root() {
        return root;
    }

    /** Keeps releases from being deleted until it is closed. */
    public static final class Lease implements AutoCloseable {
        private final FileChannel channel;

        private Lease(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot release the lock of the releases: " + e.getMessage(), e);
            }
        }
    }

    /** Waits for another command that copies a release. */
    public Lease lease() {
        try {
            FileChannel channel = openLock();
            try {
                FileLock lock = channel.lock();
                assert lock.isValid();
                return new Lease(channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock '" + root + "': " + e.getMessage(), e);
        }
    }

    private FileChannel openLock() throws IOException {
        PrivateFile.directory(root, "rwxr-xr-x");
        return FileChannel.open(root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    public Path directory(String id) {
        return root.resolve(id);
    }

    /**
     * Checks that a release is here.
     *
     * @throws CharmException if it is not
     */
    public void require(String id) {
        if (!ID.matcher(id).matches() || !Files.isDirectory(directory(id))) {
            throw new CharmException("release '" + id + "' is not in '" + root + "'; repeat the command");
        }
    }

    /**
     * Copies a release unless it is here already, adds the AOT caches that it lacks, and makes it the current one. To be called with a
     * {@link Lease}. The copy is on disk before it can be seen under its id.
     *
     * @return its directory here
     * @throws CharmException.Invalid if the directory is no release
     */
    public Path install(Path release) {
        String id = id(release)
                .orElseThrow(
                        () -> new CharmException.Invalid(
                                "'" + release
                                        + "' is no release, so no unit can run from it; build one with scripts/build, or unpack an archive"));
        Path target = directory(id);
        try {
            if (!Files.isDirectory(target)) {
                Path temporary = root.resolve("." + id + ".new");
                FileTrees.delete(temporary);
                copy(release, temporary);
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                AtomicFile.syncDirectory(root);
            }
            addCaches(release.resolve(CACHES), target.resolve(CACHES));
            point(id);
            return target;
        } catch (IOException e) {
            throw new CharmException("cannot copy release '" + release + "' to '" + target + "': " + e.getMessage(), e);
        }
    }

    private static Optional<String> id(Path release) {
        try {
            return Optional.of(Files.readString(release.resolve(ID_FILE)).strip())
                    .filter(id -> ID.matcher(id).matches());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the id of release '" + release + "': " + e.getMessage(), e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (directory.equals(from.resolve(CACHES))) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectory(copied(directory));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                copyFile(file, copied(file));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException problem)
                    throws IOException {
                Path copied = copied(directory);
                Files.setPosixFilePermissions(copied, PosixFilePermissions.fromString("rwxr-xr-x"));
                AtomicFile.syncDirectory(copied);
                return FileVisitResult.CONTINUE;
            }

            private Path copied(Path path) {
                return to.resolve(from.relativize(path));
            }
        });
    }

    /**
     * Copies content and modification time; a JVM refuses the AOT cache of a jar with another time. Sets the mode, which the umask would
     * limit, since units run as other users. The content is on disk when this returns.
     */
    private static void copyFile(Path from, Path to) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long size = in.size();
            for (long done = 0; done < size; ) {
                done += in.transferTo(done, size - done, out);
            }
            Files.setPosixFilePermissions(
                    to, PosixFilePermissions.fromString(Files.isExecutable(from) ? "rwxr-xr-x" : "rw-r--r--"));
            Files.setLastModifiedTime(to, Files.getLastModifiedTime(from));
            out.force(true);
        }
    }

    /** Each is published by a rename: a program may be starting. */
    private static void addCaches(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from) || from.toRealPath().equals(to.toAbsolutePath())) {
            return;
        }
        PrivateFile.directory(to, "rwxr-xr-x");
        try (Stream<Path> caches = Files.list(from)) {
            for (Path cache : caches.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(cache.getFileName());
                if (!Files.exists(target)) {
                    Path temporary = to.resolve("." + cache.getFileName() + ".new");
                    Files.deleteIfExists(temporary);
                    copyFile(cache, temporary);
                    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        }
    }

    private void point(String id) throws IOException {
        if (!current().equals(Optional.of(id))) {
            Path temporary = root.resolve("." + CURRENT + ".new");
            Files.deleteIfExists(temporary);
            Files.createSymbolicLink(temporary, Path.of(id));
            Files.move(temporary, root.resolve(CURRENT), StandardCopyOption.ATOMIC_MOVE);
            AtomicFile.syncDirectory(root);
        }
    }

    private Optional<String> current() throws IOException {
        Path link = root.resolve(CURRENT);
        return Files.isSymbolicLink(link)
                ? Optional.of(Files.readSymbolicLink(link).toString())
                : Optional.empty();
    }

    /**
     * Deletes the releases that are not used, are not the current one and have no process, such as a worker that is still being
     * replaced. Does nothing while a command copies one.
     *
     * @param used the ids that the model names
     * @return the ids of the deleted ones
     */
    public List<String> deleteUnused(Set<String> used) {
        // Called after every change of the model, when mostly there is nothing to delete.
        if (!Files.isDirectory(root) || unused(used).isEmpty()) {
            return List.of();
        }
        List<String> deleted = new ArrayList<>();
        try (FileChannel channel = openLock()) {
            if (!tryLock(channel)) {
                return List.of();
            }
            for (String id : unused(used)) {
                if (!running(root.toRealPath().resolve(id))) {
                    // A release that is partly deleted must not be found under its id.
                    Path old = root.resolve("." + id + ".old");
                    Files.move(directory(id), old, StandardCopyOption.ATOMIC_MOVE);
                    FileTrees.delete(old);
                    deleted.add(id);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete old releases in '" + root + "': " + e.getMessage(), e);
        }
        return deleted;
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private List<String> unused(Set<String> used) {
        try (Stream<Path> all = Files.list(root)) {
            Optional<String> current = current();
            return all.filter(Files::isDirectory)
                    .map(path -> path.getFileName().toString())
                    .filter(id -> ID.matcher(id).matches() && !id.equals(CURRENT))
                    .filter(id -> !used.contains(id) && !current.equals(Optional.of(id)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the releases in '" + root + "': " + e.getMessage(), e);
        }
    }

    /** Whether the command line of this process names a file of this release. */
    public static boolean runs(long pid, Path release) {
        try {
            // Scripts resolve links in the path of their release.
            return commandLine(Path.of("/proc", Long.toString(pid))).contains(release.toRealPath() + "/");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot find release '" + release + "': " + e.getMessage(), e);
        }
    }

    /** Whether the command line of any process does. */
    private static boolean running(Path release) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process ->
                            PID.matcher(process.getFileName().toString()).matches())
                    .anyMatch(process -> commandLine(process).contains(release + "/"));
        }
    }

    private static String commandLine(Path process) {
        try {
            return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
        } catch (IOException e) {
            // The process has ended.
            return "";
        }
    }
}
