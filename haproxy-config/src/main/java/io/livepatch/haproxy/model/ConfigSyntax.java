package io.livepatch.haproxy.model;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * The syntax of words in {@code haproxy.cfg}. Accepted texts need no escaping: they cannot end a word or a line, start a quotation
 * or a comment, or name an environment variable.
 */
public final class ConfigSyntax {
    /** haproxy binds "<path>.<pid>.tmp" first and renames it, so it allows ten bytes less than the kernel's 107. */
    static final int MAX_SOCKET_PATH = 97;

    static final String NAME_RULE = "1 to 64 of A-Z a-z 0-9 . _ -, first a letter or digit";
    static final String PATH_RULE = "an absolute path without space, quote, comma, '#', '$', '%' or backslash";
    /** The rule of {@link #isSocketPath}, for messages. */
    public static final String SOCKET_RULE = PATH_RULE + ", at most " + MAX_SOCKET_PATH + " bytes long";

    static final String ROUTE_RULE = "a path like /v1/client: of A-Z a-z 0-9 . _ - and single slashes, none at its end";
    static final String ADDRESS_RULE = "an IP address: haproxy resolves names only once, at start";
    static final String NETWORK_RULE = "a network like 192.0.2.0/24 or 2001:db8::/32, or one address";
    static final String DURATION_RULE = "between 1ms and 24 days";
    /** Half of haproxy's default buffer, which also holds the headers of an answer. */
    static final int MAX_PAGE = 8000;

    static final String METRICS_TEXT_RULE =
            "1 to 1500 printable ASCII characters and newlines without '$' and backslash";
    static final String PAGE_TEXT_RULE =
            "1 to " + MAX_PAGE + " printable ASCII characters and newlines without '$' and backslash";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern UNIT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,55}(/[0-9]{1,7})?");
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    private static final Pattern ROUTE = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");
    private static final Pattern METHOD = Pattern.compile("[A-Z]{1,20}");
    private static final Pattern PAGE_TEXT = Pattern.compile("[\\n -#%-\\[\\]-~]{1," + MAX_PAGE + "}");
    private static final int MAX_METRICS_TEXT = 1500;
    private static final Duration MAX_DURATION = Duration.ofDays(24);

    private ConfigSyntax() {}

    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    static boolean isUnitName(String text) {
        return UNIT.matcher(text).matches();
    }

    static boolean isRoute(String text) {
        return text.length() <= 200 && ROUTE.matcher(text).matches();
    }

    static boolean isMethod(String text) {
        return METHOD.matcher(text).matches();
    }

    /** An address, or an address and the length of its prefix. */
    static boolean isNetwork(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        if (!isAddress(address)) {
            return false;
        }
        String prefix = slash < 0 ? "0" : text.substring(slash + 1);
        int maxPrefix = address.indexOf(':') < 0 ? 32 : 128;
        return prefix.matches("[0-9]{1,3}") && Integer.parseInt(prefix) <= maxPrefix;
    }

    /** Whether it may be written between double quotes once quotes and newlines are escaped; '$' would start a variable. */
    static boolean isMetricsText(String text) {
        return text.length() <= MAX_METRICS_TEXT && isPageText(text);
    }

    /** The same for a longer text. */
    static boolean isPageText(String text) {
        return PAGE_TEXT.matcher(text).matches();
    }

    static boolean isPort(int port) {
        return port >= 1 && port <= 65535;
    }

    static boolean isDuration(Duration duration) {
        return duration.compareTo(Duration.ofMillis(1)) >= 0 && duration.compareTo(MAX_DURATION) <= 0;
    }

    /** Whether it is an IPv4 or IPv6 address, as opposed to a name. */
    public static boolean isAddress(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
            return false;
        }
        try {
            return !InetAddress.ofLiteral(text).getHostAddress().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static boolean isPath(Path path) {
        return path.isAbsolute()
                && path.toString().codePoints().allMatch(c -> c > ' ' && c != 0x7f && "\"'#\\$%,".indexOf(c) < 0);
    }

    /** Whether haproxy can bind a Unix socket here, see {@link #SOCKET_RULE}. */
    public static boolean isSocketPath(Path path) {
        return isPath(path) && path.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_PATH;
    }

    /** Address and port, {@code 10.0.0.1:80} or {@code [::1]:80}. */
    public static String endpoint(String address, int port) {
        return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
    }
}
