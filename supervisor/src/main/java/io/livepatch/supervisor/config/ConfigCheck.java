package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import io.livepatch.supervisor.config.SupervisorOptions.Admin;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Checks a configuration for conflicts within it, and against the files and users of the machine. Changes nothing. */
public final class ConfigCheck {

    /**
     * The machine, apart from its files.
     *
     * @param environment of the supervisor; workers inherit a part of it
     * @param user that the supervisor runs as
     * @param memoryBytes of the machine, or the limit of its container
     * @param users whether a user of that name exists
     */
    public record Host(Map<String, String> environment, String user, long memoryBytes, Predicate<String> users) {

        public Host {
            environment = Map.copyOf(environment);
        }

        public static Host current() {
            long memory = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                    .getTotalMemorySize();
            return new Host(System.getenv(), System.getProperty("user.name"), memory, Host::isUser);
        }

        boolean isRoot() {
            return user.equals("root");
        }

        private static boolean isUser(String name) {
            try {
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
                return true;
            } catch (UserPrincipalNotFoundException e) {
                return false;
            } catch (IOException e) {
                // A directory service that is unreachable now may be back when the worker is started.
                return true;
            }
        }
    }

    /**
     * A range of ports that will be listened on.
     *
     * @param key of the option that assigns them
     * @param address empty for workers, which choose it themselves
     * @param why the range has this length
     */
    private record PortRange(String key, Optional<String> address, int first, int last, String why) {

        boolean overlaps(PortRange other) {
            boolean sameAddress = anyAddress() || other.anyAddress() || address.equals(other.address);
            return sameAddress && first <= other.last && other.first <= last;
        }

        private boolean anyAddress() {
            return address.filter(it -> !it.equals("0.0.0.0") && !it.matches("[0:]+"))
                    .isEmpty();
        }

        @Override
        public String toString() {
            return first == last ? "port " + first : "ports %d-%d (%s)".formatted(first, last, why);
        }
    }

    private final Diagnostic.Collector diagnostics = new Diagnostic.Collector();
    private final Map<Path, String> outputFiles = new HashMap<>();
    private final Map<Path, String> balancerDirectories = new HashMap<>();

    private ConfigCheck() {}

    /** All diagnostics: those of reading the file, of the file as a whole, and of each pool. */
    public static List<Diagnostic> run(SupervisorConfig config, Host host) {
        ConfigCheck check = new ConfigCheck();
        check.checkAll(config, host);
        return check.diagnostics.all();
    }

    private void checkAll(SupervisorConfig config, Host host) {
        config.remarks().forEach(diagnostics::add);
        checkAdmin(config.admin());
        checkPorts(config);
        for (PoolSettings pool : config.pools()) {
            pool.spec().log().ifPresent(log -> checkOutput(pool.spec(), log));
            if (pool.spec().listening() instanceof Listening.Proxied) {
                checkBalancer(pool);
            }
        }
        new TimeCheck(diagnostics).check(config);
        for (PoolSettings pool : config.pools()) {
            new PoolCheck(diagnostics, host, pool).check();
        }
    }

    private void checkAdmin(Admin admin) {
        boolean local = admin.host().equals("localhost")
                || InetAddress.ofLiteral(admin.host()).isLoopbackAddress();
        if (!local && admin.tokenFile().isEmpty()) {
            diagnostics.add(Diagnostic.error(
                    "admin.address",
                    "'%s' can be reached from other machines, where anyone could stop workers without a token; set admin.token_file or listen on 127.0.0.1"
                            .formatted(admin.host())));
        }
        admin.tokenFile().ifPresent(this::checkToken);
    }

    private void checkToken(Path file) {
        String key = "admin.token_file";
        try {
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                diagnostics.add(Diagnostic.error(key, "'%s' is not a readable file".formatted(file)));
            } else if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                diagnostics.add(Diagnostic.remark(
                        key, "'%s' is readable by every user of this machine; run chmod o-r".formatted(file)));
            }
        } catch (IOException e) {
            diagnostics.add(
                    Diagnostic.error(key, "cannot read the permissions of '%s': %s".formatted(file, e.getMessage())));
        }
    }

    private void checkPorts(SupervisorConfig config) {
        List<PortRange> ranges = new ArrayList<>();
        Admin admin = config.admin();
        if (admin.port() > 0) {
            ranges.add(new PortRange("admin.port", Optional.of(admin.host()), admin.port(), admin.port(), ""));
        }
        config.pools().forEach(pool -> ranges.addAll(ports(pool.spec())));
        for (int later = 1; later < ranges.size(); later++) {
            for (PortRange earlier : ranges.subList(0, later)) {
                PortRange range = ranges.get(later);
                if (range.overlaps(earlier)) {
                    diagnostics.add(Diagnostic.error(
                            range.key(),
                            "%s: conflicts with %s of %s; change one of them"
                                    .formatted(range, earlier, earlier.key())));
                }
            }
        }
    }

    private static List<PortRange> ports(PoolSpec spec) {
        return switch (spec.listening()) {
            case Listening.Unmanaged() -> List.of();
            case Listening.Shared shared -> {
                List<PortRange> ranges = new ArrayList<>(List.of(port(spec, "listen.port", shared.address())));
                shared.firstWorkerPort().ifPresent(port -> ranges.add(workerPorts(spec, "listen.worker_port", port)));
                yield ranges;
            }
            case Listening.Proxied proxied ->
                List.of(
                        port(spec, "server.listener_port", proxied.entrance()),
                        workerPorts(spec, "server.port_arg.start_port", proxied.firstPort()));
        };
    }

    private static PortRange port(PoolSpec spec, String key, InetSocketAddress address) {
        int port = address.getPort();
        return new PortRange(Diagnostic.path(spec, key), Optional.of(address.getHostString()), port, port, "");
    }

    private static PortRange workerPorts(PoolSpec spec, String key, int first) {
        int last = first + Math.max(spec.maxWorkers(), 1) - 1;
        String why = "%d replicas and %d more while some are replaced"
                .formatted(spec.replicas(), spec.recycling().surge());
        return new PortRange(Diagnostic.path(spec, key), Optional.empty(), first, last, why);
    }

    private void checkOutput(PoolSpec spec, LogSpec log) {
        String key = "output.file";
        TreeSet<Path> files = IntStream.range(0, Math.max(spec.maxWorkers(), 1))
                .mapToObj(log::fileOf)
                .collect(Collectors.toCollection(TreeSet::new));
        files.stream()
                .filter(outputFiles::containsKey)
                .findFirst()
                .ifPresent(file -> diagnostics.error(
                        spec,
                        key,
                        "pool '%s' writes to '%s' too; give each pool a file of its own"
                                .formatted(outputFiles.get(file), file)));
        files.forEach(file -> outputFiles.putIfAbsent(file, spec.name()));
        files.stream()
                .filter(Files::exists)
                .filter(file -> !Files.isRegularFile(file) || !Files.isWritable(file))
                .findFirst()
                .ifPresent(file -> diagnostics.error(spec, key, "'%s' is not a writable file".formatted(file)));
        checkWritable(spec, key, log.file(), log.file().resolve("..").normalize());
    }

    private void checkBalancer(PoolSettings pool) {
        String key = "server.proxy_config_path";
        Path directory = pool.balancerDirectory();
        String other = balancerDirectories.putIfAbsent(directory, pool.name());
        if (other != null) {
            diagnostics.error(
                    pool.spec(),
                    key,
                    "the balancer of pool '%s' uses the directory '%s' too; give each a directory of its own"
                            .formatted(other, directory));
        }
        checkWritable(pool.spec(), key, directory, directory);
    }

    /** Checks that files can be created in a directory, or that the directory can be created. */
    private void checkWritable(PoolSpec spec, String key, Path path, Path directory) {
        Path existing = directory;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            diagnostics.error(spec, key, "'%s': '%s' is not a writable directory".formatted(path, existing));
        }
    }
}
