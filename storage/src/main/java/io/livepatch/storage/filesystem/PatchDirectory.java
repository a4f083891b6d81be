package io.livepatch.storage.filesystem;

import io.livepatch.common.file.AtomicFile;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The layout of a store on disk: paths and listings. Only this class turns a name into a path. */
record PatchDirectory(Path root) {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final int RENAME_ATTEMPTS = 10;
    private static final Pattern STAGED = Pattern.compile("(?<slot>\\d{1,4})-\\d+");

    /** The file of a stored patch, which is named by its digest. */
    record Stored(Path file, Sha256 sha256) {}

    Path lockFile() {
        return root.resolve(".lock");
    }

    Path incoming() {
        return root.resolve("incoming");
    }

    /** Creates the directories that are missing, and makes them durable. */
    void create() throws IOException {
        Disk.createDirectories(root);
        Disk.createDirectories(incoming());
    }

    Optional<Stored> find(PatchName name) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(pathOf(name), PatchDirectory::isDigestNamed)) {
            for (Path file : files) {
                return Optional.of(
                        new Stored(file, new Sha256(file.getFileName().toString())));
            }
            return Optional.empty();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static boolean isDigestNamed(Path file) {
        return DIGEST.matcher(file.getFileName().toString()).matches()
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** The entries with the name of a patch, ordered by file name; {@link #find} tells whether one is a stored patch. */
    List<PatchName> candidates() throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .sorted()
                    .flatMap(fileName -> PatchName.find(fileName).stream())
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Renames a complete staging directory to that of the patch, atomically.
     *
     * @return false if the path of the patch exists
     */
    boolean publish(Path complete, PatchName name) throws IOException {
        Path target = pathOf(name);
        for (int attempt = 1; ; attempt++) {
            try {
                Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (FileSystemException e) {
                // Java has no exception for ENOTEMPTY, so any failure with an existing target is taken for it. Without
                // a target it may have been deleted after the rename had failed: then the next attempt succeeds. Any
                // other error is permanent, and is thrown after the last attempt.
                if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                    return false;
                }
                if (attempt == RENAME_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * Removes the file of a patch, which deletes the patch, and then its directory.
     *
     * @return false if a concurrent delete removed the file first
     */
    boolean remove(PatchName name, Stored stored) throws IOException {
        if (!Files.deleteIfExists(stored.file())) {
            return false;
        }
        try {
            AtomicFile.syncDirectory(pathOf(name));
            Files.deleteIfExists(pathOf(name));
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // A concurrent delete removed the directory, or a put renamed a new patch over it.
        }
        return true;
    }

    /** Removes the staging directories of dead processes. */
    void removeAbandoned(IntPredicate isSlotAlive) throws IOException {
        try (DirectoryStream<Path> stagings = Files.newDirectoryStream(incoming())) {
            for (Path staging : stagings) {
                Matcher matcher = STAGED.matcher(staging.getFileName().toString());
                if (matcher.matches() && !isSlotAlive.test(Integer.parseInt(matcher.group("slot")))) {
                    removeTree(staging);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Removes a staging directory and its files, if they exist. */
    static void removeTree(Path staging) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(staging)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(staging);
    }

    Path pathOf(PatchName name) {
        return root.resolve(name.fileName());
    }
}
