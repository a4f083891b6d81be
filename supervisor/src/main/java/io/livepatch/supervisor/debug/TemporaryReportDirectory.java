package io.livepatch.supervisor.debug;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A place for the files of one report. The worker may write to a directory in it, but cannot put another in its place: the
 * directory above is ours.
 */
final class TemporaryReportDirectory implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(TemporaryReportDirectory.class);

    private final Path ours;
    private final Path theirs;

    private TemporaryReportDirectory(Path ours, Path theirs) {
        this.ours = ours;
        this.theirs = theirs;
    }

    /** One that only this process uses. */
    static TemporaryReportDirectory own() throws IOException {
        Path ours = Files.createTempDirectory("supervisor-debug-");
        return new TemporaryReportDirectory(ours, ours);
    }

    /** One that {@code jvm} may write to. */
    static TemporaryReportDirectory sharedWith(Jvm jvm) throws IOException {
        TemporaryReportDirectory temporaryReportDirectory = own();
        if (jvm.foreign()) {
            Files.setPosixFilePermissions(temporaryReportDirectory.ours, PosixFilePermissions.fromString("rwx--x--x"));
        }
        Path theirs = Files.createDirectory(
                temporaryReportDirectory.ours.resolve("worker"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (jvm.foreign()) {
            Files.setAttribute(theirs, "unix:gid", jvm.gid());
            Files.setAttribute(theirs, "unix:uid", jvm.uid());
        }
        return new TemporaryReportDirectory(temporaryReportDirectory.ours, theirs);
    }

    /** A file that only this process can touch. */
    Path file(String name) {
        return ours.resolve(name);
    }

    /** A file for the worker to write. */
    Path workers(String name) {
        return theirs.resolve(name);
    }

    /** What the worker wrote, out of its reach; a link in its place is not followed, as it could lead anywhere. */
    Path claim(String name) throws IOException {
        Path from = workers(name);
        if (!Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
            throw new DebugException.Failed(
                    "the worker wrote no '%s'; is the directory '%s' full?".formatted(name, ours.getParent()));
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
        try (Stream<Path> all = Files.walk(ours)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            log.warn("cannot remove '{}', which holds a report that is no longer needed: {}", ours, e.toString());
        }
    }
}
