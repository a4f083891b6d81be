package io.livepatch.haproxy.runtime;

import io.livepatch.common.file.AtomicFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code haproxy.cfg} on disk. It is replaced atomically: a process that is killed leaves the old text or the new one. */
final class HaproxyConfigFile {
    private static final Pattern BIND = Pattern.compile("(?m)^  bind \\[?([^\\s\\]]+)]?:(\\d+)");

    private final Path file;
    private final Path staged;
    private final Path lastGood;

    HaproxyConfigFile(Path file) {
        this.file = file;
        this.staged = file.resolveSibling(file.getFileName() + ".new");
        this.lastGood = file.resolveSibling(file.getFileName() + ".last-good");
    }

    Path path() {
        return file;
    }

    Optional<String> read() {
        return read(file);
    }

    /** Where a text has haproxy listen. */
    static Stream<InetSocketAddress> binds(String text) {
        return BIND.matcher(text)
                .results()
                .map(bind ->
                        new InetSocketAddress(InetAddress.ofLiteral(bind.group(1)), Integer.parseInt(bind.group(2))));
    }

    /** The text that haproxy was last known to run with. */
    Optional<String> lastGood() {
        return read(lastGood);
    }

    void replace(String text) {
        write(file, text);
    }

    void keepAsLastGood(String text) {
        if (!lastGood().equals(Optional.of(text))) {
            write(lastGood, text);
        }
    }

    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new HaproxyException.Failed("cannot delete '" + file + "' (" + e.getMessage() + ")", e);
        }
    }

    private static Optional<String> read(Path path) {
        try {
            return Optional.of(Files.readString(path));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new HaproxyException.Failed("cannot read '" + path + "' (" + e.getMessage() + ")", e);
        }
    }

    private void write(Path target, String text) {
        try {
            AtomicFile.write(target, staged, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new HaproxyException.Failed(
                    "cannot write '" + target + "' (" + e + "); its previous content is kept", e);
        }
    }
}
