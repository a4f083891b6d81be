package io.livepatch.server.config;

import io.livepatch.storage.PatchName;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URL of patches for machines, {@code https://host/v1/patches/{filename}}.
 *
 * @param template an http or https URL that contains {@value #PLACEHOLDER} once
 */
public record UrlTemplate(String template) {
    public static final String PLACEHOLDER = "{filename}";

    private static final Pattern HOST_AND_PORT = Pattern.compile(
            "[a-z]+://([A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\\[[0-9a-fA-F:.]{2,45}])(:(?<port>\\d{1,5}))?(/.*)?",
            Pattern.CASE_INSENSITIVE);
    private static final int LAST_PORT = 65_535;

    public UrlTemplate {
        boolean once = template.indexOf(PLACEHOLDER) >= 0
                && template.indexOf(PLACEHOLDER) == template.lastIndexOf(PLACEHOLDER);
        if (!once || !template.matches("https?://[^\\s/?#]+/[^\\s#]*")) {
            throw new IllegalArgumentException("is not an http or https URL with " + PLACEHOLDER + " in it once");
        }
        if (!hasHostAndPort(template.replace(PLACEHOLDER, "filename"))) {
            throw new IllegalArgumentException("has no valid host, or a port outside 1 to 65535");
        }
    }

    /** Whether the part between {@code ://} and the next slash is a host, by name or address, with an optional port from 1 to 65535. */
    static boolean hasHostAndPort(String url) {
        Matcher matcher = HOST_AND_PORT.matcher(url);
        return matcher.matches()
                && (matcher.group("port") == null
                        || (Integer.parseInt(matcher.group("port")) > 0
                                && Integer.parseInt(matcher.group("port")) <= LAST_PORT));
    }

    /** The URL of one patch, without query. */
    public String url(PatchName name) {
        int query = template.indexOf('?');
        // In a query, + is a space.
        boolean inQuery = query >= 0 && query < template.indexOf(PLACEHOLDER);
        return template.replace(
                PLACEHOLDER, inQuery ? URLEncoder.encode(name.fileName(), StandardCharsets.US_ASCII) : name.fileName());
    }
}
