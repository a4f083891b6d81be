package io.livepatch.charm.juju;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.common.file.FileTrees;
import io.livepatch.supervisor.WorkerInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Services that outlive the process of a hook, in place of the supervisor daemon: processes whose ids and specs are in files. A pool
 * is one haproxy that answers every request with 200. Does not restart what ends.
 */
final class ProcessServices implements UnitServices {
    private static final Duration START = Duration.ofSeconds(20);
    private static final JsonMapper JSON = JsonMapper.builder()
            .addMixIn(ServiceCheck.Probe.class, Typed.class)
            .addMixIn(WorkerPool.Entrance.class, Typed.class)
            .addModule(new SimpleModule().addDeserializer(InetSocketAddress.class, new Resolved()))
            .build();

    private final Path directory;

    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
    private interface Typed {}

    /** Jackson's own leaves the address unresolved, so that it equals no other. */
    private static final class Resolved extends StdDeserializer<InetSocketAddress> {
        Resolved() {
            super(InetSocketAddress.class);
        }

        @Override
        public InetSocketAddress deserialize(JsonParser parser, DeserializationContext context) {
            String[] parts = parser.getString().split(":", 2);
            return new InetSocketAddress(InetAddress.ofLiteral(parts[0]), Integer.parseInt(parts[1]));
        }
    }

    private record Running(ServiceSpec spec, long pid) {
        Optional<ProcessHandle> process() {
            return ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        }

        boolean ready() {
            boolean probed = spec.workerPool().isPresent()
                    || !(spec.ready().map(ServiceCheck::probe).orElse(null)
                            instanceof ServiceCheck.Probe.Command(var command))
                    || ExternalProgram.of(command).run().ok();
            return process().isPresent() && probed;
        }
    }

    /** The services whose files are in this directory. */
    ProcessServices(Path unit) {
        this.directory = unit.resolve("services");
    }

    private Path file(String name) {
        return directory.resolve(name + ".json");
    }

    private Optional<Running> running(String name) {
        return Files.exists(file(name))
                ? Optional.of(JSON.readValue(file(name).toFile(), Running.class))
                : Optional.empty();
    }

    @Override
    public void ensure(ServiceSpec spec) {
        if (running(spec.name()).filter(now -> now.spec().equals(spec)).isPresent()) {
            return;
        }
        stop(spec.name());
        try {
            Files.createDirectories(directory);
            Running started = new Running(spec, start(spec));
            JSON.writeValue(file(spec.name()).toFile(), started);
            Instant until = Instant.now().plus(START);
            while (!started.ready() && Instant.now().isBefore(until)) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long start(ServiceSpec spec) throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid"));
        spec.user()
                .ifPresent(user -> command.addAll(
                        List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups", "--")));
        command.addAll(spec.workerPool().isPresent() ? pool(spec.workerPool().get()) : spec.command());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(spec.directory().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
        builder.environment().keySet().removeIf(key -> key.startsWith("JUJU_"));
        builder.environment().putAll(spec.environment());
        return builder.start().pid();
    }

    private List<String> pool(WorkerPool pool) throws IOException {
        Path configuration = directory.resolve("pool.cfg");
        Files.writeString(configuration, """
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 5s
                    timeout server 5s
                frontend ready
                    bind %s:%d
                    http-request return status 200
                """.formatted(pool.address(), pool.port()));
        return List.of("/usr/sbin/haproxy", "-db", "-f", configuration.toString());
    }

    @Override
    public void stop(String name) {
        running(name).ifPresent(now -> {
            now.process().ifPresent(ProcessServices::end);
            FileTrees.delete(file(name));
        });
    }

    private static void end(ProcessHandle process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void restart(String name) {
        running(name).map(Running::spec).ifPresent(spec -> {
            stop(name);
            ensure(spec);
        });
    }

    @Override
    public Optional<ServiceState> state(String name) {
        return running(name).map(now -> {
            boolean ready = now.ready();
            int count = now.spec().workerPool().map(WorkerPool::count).orElse(1);
            return new ServiceState(
                    name,
                    ready
                            ? ServiceState.Phase.READY
                            : now.process().isPresent() ? ServiceState.Phase.STARTING : ServiceState.Phase.FAILING,
                    now.spec().fingerprint(),
                    now.spec().reload().map(ServiceSpec.Reload::fingerprint),
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    now.spec().workerPool(),
                    ready ? count : 0,
                    ready ? count : 0,
                    true,
                    now.spec().reservedPorts());
        });
    }

    @Override
    public Map<String, List<WorkerInfo>> workers() {
        return Map.of();
    }

    @Override
    public void close() {}

    @Override
    public void stopAll() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .forEach(this::stop);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void stopAllBelow(Path units) throws IOException {
        if (Files.isDirectory(units)) {
            try (Stream<Path> directories = Files.list(units)) {
                directories.map(ProcessServices::new).forEach(ProcessServices::stopAll);
            }
        }
    }
}
