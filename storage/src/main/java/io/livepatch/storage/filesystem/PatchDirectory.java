package io.livepatch.storage.filesystem;

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

/** The layout on disk: where a patch lies, and what is there. Only this class turns a name into a path. */
record PatchDirectory(Path root) {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final int ATTEMPTS = 10;
    private static final Pattern TICKET = Pattern.compile("(?<slot>\\d{1,4})-\\d+");

    /** A stored patch's file, which is named by its digest. */
    record Stored(Path file, Sha256 sha256) {}

    Path lockFile() {
        return root.resolve(".lock");
    }

    Path incoming() {
        return root.resolve("incoming");
    }

    /** Creates what is missing of it, durably. */
    void create() throws IOException {
        Disk.createDirectories(root);
        Disk.createDirectories(incoming());
    }

    Optional<Stored> find(PatchName name) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(of(name), PatchDirectory::isDigestNamed)) {
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

    /** What could be a patch by its name, ordered; whether it is one is for {@link #find} to say. */
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
     * Lets a directory that is complete become the patch, atomically.
     *
     * @return false if something is there already
     */
    boolean publish(Path complete, PatchName name) throws IOException {
        Path target = of(name);
        for (int attempt = 1; ; attempt++) {
            try {
                Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (FileSystemException e) {
                // ENOTEMPTY has no exception of its own. Anything else that went wrong goes wrong without a target,
                // too, and again
                // and again; a target that was in the way and is deleted before it is looked at does not.
                if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                    return false;
                }
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * Removes the file, by which the patch is gone, and its directory.
     *
     * @return false if somebody else was faster
     */
    boolean remove(PatchName name, Stored stored) throws IOException {
        if (!Files.deleteIfExists(stored.file())) {
            return false;
        }
        try {
            Disk.sync(of(name));
            Files.deleteIfExists(of(name));
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // Another delete was here too, or a put renamed a new patch over the empty directory.
        }
        return true;
    }

    /** Removes what dead processes were writing. */
    void sweep(IntPredicate slotLives) throws IOException {
        try (DirectoryStream<Path> tickets = Files.newDirectoryStream(incoming())) {
            for (Path ticket : tickets) {
                Matcher matcher = TICKET.matcher(ticket.getFileName().toString());
                if (matcher.matches() && !slotLives.test(Integer.parseInt(matcher.group("slot")))) {
                    removeTree(ticket);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Removes a ticket's directory and the files in it, if they are there. */
    static void removeTree(Path ticket) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(ticket)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(ticket);
    }

    Path of(PatchName name) {
        return root.resolve(name.fileName());
    }
}
