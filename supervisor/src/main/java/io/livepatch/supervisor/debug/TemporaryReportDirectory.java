package io.livepatch.supervisor.debug;

import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory for the files of one report, deleted on close. The worker may write to a subdirectory, but cannot replace it: the
 * directory itself belongs to the supervisor.
 */
final class TemporaryReportDirectory implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(TemporaryReportDirectory.class);

    private final Path directory;
    private final Path workerDirectory;

    private TemporaryReportDirectory(Path directory, Path workerDirectory) {
        this.directory = directory;
        this.workerDirectory = workerDirectory;
    }

    /** A directory without a part for the worker. */
    static TemporaryReportDirectory own() throws IOException {
        Path directory = Files.createTempDirectory("supervisor-debug-");
        return new TemporaryReportDirectory(directory, directory);
    }

    /** A directory with a part that {@code jvm} may write to. */
    static TemporaryReportDirectory sharedWith(Jvm jvm) throws IOException {
        TemporaryReportDirectory own = own();
        if (jvm.foreign()) {
            Files.setPosixFilePermissions(own.directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
        Path workerDirectory = Files.createDirectory(
                own.directory.resolve("worker"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (jvm.foreign()) {
            Files.setAttribute(workerDirectory, "unix:gid", jvm.gid());
            Files.setAttribute(workerDirectory, "unix:uid", jvm.uid());
        }
        return new TemporaryReportDirectory(own.directory, workerDirectory);
    }

    /** A file that only the supervisor can read and write. */
    Path file(String name) {
        return directory.resolve(name);
    }

    /** A file that the worker can write. */
    Path workerFile(String name) {
        return workerDirectory.resolve(name);
    }

    /** Copies a file of the worker to where the worker cannot change it. A symbolic link is refused: it could name a secret file. */
    Path claim(String name) throws IOException {
        Path from = workerFile(name);
        if (!Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
            throw new DebugException.Failed("the worker wrote no file '%s'; is the directory '%s' full?"
                    .formatted(name, directory.getParent()));
        }
        Path to = file("claimed-" + name);
        try (InputStream bytes = Files.newInputStream(from, LinkOption.NOFOLLOW_LINKS)) {
            Files.copy(bytes, to);
        }
        Files.delete(from);
        return to;
    }

    @Override
    public void close() {
        try {
            FileTrees.delete(directory);
        } catch (UncheckedIOException e) {
            log.warn("cannot delete the directory '{}' of a report: {}", directory, e.toString());
        }
    }
}
