package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Unit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the world sees: address, name and ports. */
record Frontage(String address, Optional<String> hostname, int httpsPort, int httpPort) {

    static Frontage of(Unit unit) {
        return new Frontage(
                unit.address(),
                unit.config().text("external-hostname"),
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

    /** Why the hostname cannot be put into a certificate. */
    Optional<String> problem() {
        return hostname.filter(name -> !name.matches("(\\*\\.)?[A-Za-z0-9.-]{1,253}"))
                .map(name -> "external-hostname '" + name + "' is no host name");
    }

    private static boolean isAddress(String name) {
        return name.matches("[0-9.]+");
    }
}
