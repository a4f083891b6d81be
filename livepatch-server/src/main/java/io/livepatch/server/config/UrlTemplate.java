package io.livepatch.server.config;

import io.livepatch.storage.AsciiSet;
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

    private static final Pattern SCHEME_AND_AUTHORITY =
            Pattern.compile("[a-z]+://(?<authority>[^/]*)(?:/.*)?", Pattern.CASE_INSENSITIVE);
    private static final AsciiSet FIRST_OF_NAME = AsciiSet.of("A-Za-z0-9_");
    private static final AsciiSet NAME = AsciiSet.of("A-Za-z0-9_.-");
    private static final AsciiSet IPV6 = AsciiSet.of("0-9a-fA-F:.");
    private static final AsciiSet DIGITS = AsciiSet.of("0-9");
    private static final int LONGEST_NAME = 253;
    private static final int LONGEST_IPV6 = 45;
    private static final int LONGEST_PORT = 5;

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

    /** Whether the part between {@code ://} and the next slash {@linkplain #isAuthority is an authority}. */
    static boolean hasHostAndPort(String url) {
        Matcher matcher = SCHEME_AND_AUTHORITY.matcher(url);
        return matcher.matches() && isAuthority(matcher.group("authority"));
    }

    /**
     * Whether the whole text is a host, by name or address, with an optional port from 1 to 65535: at most 259 characters that JSON and a
     * URL contain unescaped. Without a regular expression, since it is called for each check-in that is offered a patch.
     */
    public static boolean isAuthority(String text) {
        boolean ipv6 = text.startsWith("[");
        int colon = ipv6 ? text.indexOf(':', Math.max(1, text.indexOf(']'))) : text.indexOf(':');
        int end = colon < 0 ? text.length() : colon;
        return (ipv6 ? isIpv6(text, end) : isName(text, end)) && (colon < 0 || isPort(text, colon + 1));
    }

    private static boolean isName(String text, int end) {
        return end > 0
                && end <= LONGEST_NAME
                && FIRST_OF_NAME.contains(text.charAt(0))
                && NAME.containsAll(text, 1, end);
    }

    private static boolean isIpv6(String text, int end) {
        int length = end - 2;
        return length >= 2
                && length <= LONGEST_IPV6
                && text.charAt(end - 1) == ']'
                && IPV6.containsAll(text, 1, end - 1);
    }

    private static boolean isPort(String text, int from) {
        int digits = text.length() - from;
        if (digits < 1 || digits > LONGEST_PORT || !DIGITS.containsAll(text, from, text.length())) {
            return false;
        }
        int port = Integer.parseInt(text.substring(from));
        return port > 0 && port <= LAST_PORT;
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
