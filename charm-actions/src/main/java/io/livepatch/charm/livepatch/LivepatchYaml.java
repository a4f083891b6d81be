package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.ValueFormat;
import io.livepatch.charm.exec.Fingerprint;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.type.TypeReference;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The content of {@code livepatch.yaml}: the options that are keys of the server, and the keys that the charm sets. Contains
 * secrets.
 *
 * @param release the directory of the release whose server reads it
 */
record LivepatchYaml(Map<String, Object> keys, String release) {
    private static final YAMLMapper YAML = new YAMLMapper();
    static final String ADDRESS = "server.server-address";
    static final String TRUSTED_PROXIES = "server.trusted-proxies";
    private static final String DATABASE = "database.connection-string";
    private static final Set<String> OF_RELATIONS = Set.of(DATABASE, TRUSTED_PROXIES);

    LivepatchYaml {
        keys = new TreeMap<>(keys);
    }

    static LivepatchYaml of(Unit unit, Listen listen, String dsn, Optional<String> users) {
        CharmConfig config = unit.config();
        Map<String, Object> keys = new TreeMap<>(config.values());
        // As in Juju, an empty value means that the option is unset.
        keys.values().removeIf(value -> value instanceof String text && text.isBlank());
        // These are no keys of the server.
        keys.keySet().removeAll(Set.of(WorkerSettings.COUNT, WorkerSettings.MODE, CharmConfig.REMOVAL_TIMEOUT));
        // Unlike the server the charm accepts upper case.
        keys.put(PatchStorage.TYPE, PatchStorage.type(config));
        keys.put(ADDRESS, listen.address() + ":" + listen.port());
        keys.put("server.unit", unit.name().toString());
        keys.put(DATABASE, dsn);
        if (config.flag("auth.basic.enabled") && users.isPresent()) {
            keys.put("auth.basic.users", users.get());
        }
        keys.put(
                "patch-storage.filesystem-path",
                config.text("patch-storage.filesystem-path")
                        .orElseGet(() -> patches(unit).toString()));
        keys.put(
                "patch-cache.path",
                config.text("patch-cache.path").orElseGet(() -> cache(unit).toString()));
        String proxies = trustedProxies(config.text(TRUSTED_PROXIES).orElse(""), haproxyBags(unit));
        if (!proxies.isEmpty()) {
            keys.put(TRUSTED_PROXIES, proxies);
        }
        return new LivepatchYaml(keys, unit.release().toString());
    }

    /**
     * The configured proxies and the addresses of the related haproxy units. Host names are left out, because the server accepts
     * addresses only. Loopback addresses that the default covers are left out, so that a haproxy unit that is added or removed does
     * not restart the workers.
     */
    static String trustedProxies(String configured, List<Map<String, String>> haproxyBags) {
        Set<String> proxies = new TreeSet<>();
        for (Map<String, String> bag : haproxyBags) {
            String address = bag.getOrDefault("ingress-address", bag.getOrDefault("private-address", ""));
            // Connections to any loopback address have the source 127.0.0.1.
            boolean covered = address.startsWith("127.")
                    && (configured.contains("127.0.0.1") || configured.contains("127.0.0.0/8"));
            if (literal(address) && !covered) {
                proxies.add(address);
            }
        }
        return Stream.concat(Stream.of(configured), proxies.stream())
                .filter(entry -> !entry.isBlank())
                .collect(Collectors.joining(","));
    }

    /** The {@link #trustedProxies} of the haproxy of {@code worker-mode=proxy}. */
    static List<String> trustedPeers(Unit unit) {
        return trustedPeers(trustedProxies(unit.config().text(TRUSTED_PROXIES).orElse(""), haproxyBags(unit)));
    }

    /**
     * Leaves out texts that are no network, which the server reports itself, and single loopback addresses: a haproxy on this
     * machine connects from 127.0.0.1, which is trusted anyway, and a changed list would restart the server.
     */
    static List<String> trustedPeers(String proxies) {
        return Arrays.stream(proxies.split(","))
                .map(String::strip)
                .filter(LivepatchFormats::network)
                .filter(entry -> !entry.startsWith("127.") || entry.indexOf('/') >= 0)
                .toList();
    }

    private static List<Map<String, String>> haproxyBags(Unit unit) {
        return unit.relations("website").stream()
                .flatMap(relation -> relation.remoteUnits().stream().map(relation::remoteUnitBag))
                .toList();
    }

    private static boolean literal(String address) {
        try {
            return !address.isEmpty() && InetAddress.ofLiteral(address) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    static Path cache(Unit unit) {
        return unit.directory().resolve("cache");
    }

    static Path patches(Unit unit) {
        return unit.directory().resolve("patches");
    }

    String yaml() {
        return YAML.writeValueAsString(keys);
    }

    static LivepatchYaml parse(String yaml, String release) {
        return new LivepatchYaml(YAML.readValue(yaml, new TypeReference<Map<String, Object>>() {}), release);
    }

    /** The text of a key; empty without it. */
    String text(String key) {
        return String.valueOf(keys.getOrDefault(key, ""));
    }

    Optional<Listen> listen() {
        return Listen.parse(text(ADDRESS), "");
    }

    /** The same with another configuration's values of the keys that are known from relations, such as the database's addresses. */
    LivepatchYaml withRelationsOf(LivepatchYaml other) {
        Map<String, Object> merged = new TreeMap<>(keys);
        merged.keySet().removeAll(OF_RELATIONS);
        other.keys.entrySet().stream()
                .filter(entry -> OF_RELATIONS.contains(entry.getKey()))
                .forEach(entry -> merged.put(entry.getKey(), entry.getValue()));
        return new LivepatchYaml(merged, release);
    }

    /** Of the release, the user, and of the keys that the server reads at its start only. */
    String fingerprint() {
        return Fingerprint.of(
                fingerprint(false) + release + ServerUser.get().name().orElse(""));
    }

    /** Of the keys that a running server reads again, such as the addresses of the database. */
    String liveFingerprint() {
        return fingerprint(true);
    }

    private String fingerprint(boolean live) {
        Map<String, Object> some = new TreeMap<>(keys);
        some.keySet().removeIf(key -> LivepatchFormats.liveKeys().contains(key) != live);
        return Fingerprint.of(YAML.writeValueAsString(some));
    }

    /** Of all keys. */
    String digest() {
        return Fingerprint.of(yaml());
    }

    /** The address on which a unit listens. */
    record Listen(String address, int port) {
        @Override
        public String toString() {
            return address + ":" + port;
        }

        static Listen of(WorkerPool workerPool) {
            return new Listen(workerPool.address(), workerPool.port());
        }

        /** Without an address, or with 0.0.0.0, it is the unit's own. Empty if the text is not an IP address and a port. */
        static Optional<Listen> parse(String text, String own) {
            int colon = text.lastIndexOf(':');
            String address = colon < 0 ? "" : text.substring(0, colon).strip();
            String digits = text.substring(colon + 1).strip();
            int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
            if (colon < 0 || port < 1 || port > ValueFormat.MAX_PORT) {
                return Optional.empty();
            }
            if (address.isEmpty() || address.equals("0.0.0.0")) {
                return Optional.of(new Listen(own, port));
            }
            boolean whole = address.startsWith("[") || address.matches("[0-9]+(\\.[0-9]+){3}");
            return whole && literal(address) ? Optional.of(new Listen(address, port)) : Optional.empty();
        }
    }

    @Override
    public String toString() {
        return "configuration " + digest();
    }
}
