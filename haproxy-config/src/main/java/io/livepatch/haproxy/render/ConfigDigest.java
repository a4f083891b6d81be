package io.livepatch.haproxy.render;

import io.livepatch.common.file.Digests;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Two digests of a configuration. The text contains them as its {@code description}, and a haproxy that was started with it
 * returns them in {@code show info}.
 *
 * @param config of the whole text: proves that a new worker has read exactly this text
 * @param frame of all lines but those of servers: while it stays the same, a running worker can be given any servers without a
 *     reload. Its description does not change with them, so the current ones must be queried
 */
public record ConfigDigest(String config, String frame) {
    private static final String SERVER = "  server ";
    private static final Pattern DESCRIPTION =
            Pattern.compile("(?mi)^ *description:? config:([0-9a-f]{16}) frame:([0-9a-f]{16})$");

    static ConfigDigest of(String text) {
        String frame = text.lines().filter(line -> !line.startsWith(SERVER)).collect(Collectors.joining("\n"));
        return new ConfigDigest(digest(text), digest(frame));
    }

    /** Finds it in a configuration, or in the answer to {@code show info}. */
    public static Optional<ConfigDigest> find(String text) {
        Matcher matcher = DESCRIPTION.matcher(text);
        return matcher.find() ? Optional.of(new ConfigDigest(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    private static String digest(String text) {
        return HexFormat.of().formatHex(Digests.sha256(text), 0, 8);
    }

    @Override
    public String toString() {
        return "config:" + config + " frame:" + frame;
    }
}
