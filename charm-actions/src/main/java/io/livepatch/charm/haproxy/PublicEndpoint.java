package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Unit;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Address, host name and ports under which clients reach haproxy. */
record PublicEndpoint(String address, Optional<String> hostname, int httpsPort, int httpPort) {
    static final String HOSTNAME = "external-hostname";

    private static final int MAX_HOSTNAME_LENGTH = 253;
    private static final Pattern HOST = Pattern.compile(
            "(\\*\\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
    /** A name whose last label is a number can only be meant as an address. */
    private static final Pattern ADDRESS = Pattern.compile("(.*\\.)?[0-9]+");

    static PublicEndpoint of(Unit unit) {
        return new PublicEndpoint(
                unit.address(),
                unit.config().text(HOSTNAME),
                unit.config().number("https-port"),
                unit.config().number("http-port"));
    }

    String host() {
        return hostname.orElse(address);
    }

    String url() {
        return "https://" + host() + (httpsPort == 443 ? "" : ":" + httpsPort);
    }

    Set<Integer> ports() {
        return httpPort == 0 ? Set.of(httpsPort) : Set.of(httpsPort, httpPort);
    }

    /** The names that the certificate must have, as openssl writes them. */
    List<String> subjectNames() {
        Set<String> names = new LinkedHashSet<>();
        hostname.ifPresent(name -> names.add((isAddress(name) ? "IP:" : "DNS:") + name));
        names.add("IP:" + address);
        names.add("IP:127.0.0.1");
        names.add("DNS:localhost");
        return List.copyOf(names);
    }

    /** Why a hostname cannot be put into a certificate and a URL. */
    static Optional<String> problem(String name) {
        boolean fits = isAddress(name)
                ? isIpv4(name)
                : name.length() <= MAX_HOSTNAME_LENGTH && HOST.matcher(name).matches();
        return fits
                ? Optional.empty()
                : Optional.of("external-hostname '" + name
                        + "' is no host name: give a name such as lp.example.com, without scheme, port and path");
    }

    private static boolean isAddress(String name) {
        return ADDRESS.matcher(name).matches();
    }

    private static boolean isIpv4(String name) {
        try {
            return InetAddress.ofLiteral(name).getHostAddress().equals(name);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
