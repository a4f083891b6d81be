package io.livepatch.haproxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes a {@link LoadBalancer} as the text of {@code haproxy.cfg}. Pure: equal input gives equal bytes. */
public final class HaproxyConfig {
    private static final String HEAD = """
            # Generated from the model of this load balancer; the next change of the model overwrites what is edited here.

            global
            """;

    private static final Pattern FINGERPRINT = Pattern.compile("(?m)^  description (config:[0-9a-f]{16})$");

    private HaproxyConfig() {}

    /** The whole file. */
    public static String render(LoadBalancer lb) {
        Lines lines = new Lines();
        GlobalSection.write(lb, lines);
        DefaultsSection.write(lb, lines);
        lb.frontends().forEach(frontend -> FrontendSection.write(frontend, lines));
        lb.redirects().forEach(redirect -> FrontendSection.write(redirect, lines));
        lb.metrics().ifPresent(bind -> FrontendSection.writeMetrics(bind, lines));
        lb.backends().forEach(backend -> BackendSection.write(backend, lb.timeouts(), lines));
        String body = lines.toString();
        return HEAD
                + "  # a running haproxy repeats this in 'show info': so it is known which text it has loaded\n"
                + "  description config:" + digest(HEAD + body) + "\n"
                + body;
    }

    /** What a haproxy that runs on this text says as its description; empty if the text is not ours. */
    static Optional<String> fingerprint(String text) {
        Matcher matcher = FINGERPRINT.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static String digest(String text) {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha256, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
