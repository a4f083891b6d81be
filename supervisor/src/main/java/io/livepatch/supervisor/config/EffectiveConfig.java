package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.Surroundings;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/**
 * The file as it would have to be written to say all that holds, defaults filled in, paths absolute, and the values of variables
 * masked. Reads back as the same configuration, but for those values.
 */
public final class EffectiveConfig {

    private static final DumpSettings SETTINGS = DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setIndicatorIndent(2)
            .setIndentWithIndicator(true)
            .setWidth(200)
            .build();
    private static final String MASK = "***";

    private EffectiveConfig() {}

    /** As YAML. */
    public static String print(SupervisorConfig config) {
        Map<String, Object> root = new LinkedHashMap<>();
        Map<String, Object> admin = part(root, "admin");
        admin.put("address", config.admin().address());
        admin.put("port", config.admin().port());
        config.admin().tokenFile().ifPresent(file -> admin.put("token_file", file.toString()));
        part(root, "shutdown").put("deadline", GoDuration.print(config.shutdownDeadline()));
        root.put("exit_on_give_up", config.exitOnGiveUp().word());
        part(root, "balancer").put("directory", config.balancerDirectory().toString());
        part(root, "supervisor")
                .put(
                        "workers",
                        config.pools().stream().map(EffectiveConfig::pool).toList());
        return new Dump(SETTINGS).dumpToString(root);
    }

    private static Map<String, Object> pool(PoolSettings pool) {
        PoolSpec spec = pool.spec();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", spec.name());
        map.put("replicas", spec.replicas());
        map.put("exec", spec.command().getFirst());
        map.put("args", spec.command().subList(1, spec.command().size()));
        map.put("signal_timeout", GoDuration.print(spec.stop().timeout()));
        map.put("stop_signal", spec.stop().signal());
        map.put("max_restarts", spec.restart().maxCrashes().orElse(-1));
        map.put("startup_wait_time", GoDuration.print(spec.startSpacing()));
        pool.desiredHealthyPercentage().ifPresent(it -> map.put("desired_healthy_percentage", it));
        surroundings(map, spec.surroundings());
        restart(part(map, "restart"), spec.restart());
        spec.live().ifPresent(check -> health(part(map, "health"), check));
        spec.ready().ifPresent(check -> health(part(map, "ready"), check));
        limits(part(map, "limits"), spec.limits());
        Map<String, Object> recycle = part(map, "recycle");
        recycle.put(
                "order",
                spec.recycling().order().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        recycle.put("max_unavailable", spec.recycling().maxUnavailable());
        recycle.put("ready_within", GoDuration.print(spec.recycling().readyWithin()));
        listening(map, pool);
        spec.log().ifPresent(log -> output(part(map, "output"), log));
        return map;
    }

    private static void surroundings(Map<String, Object> map, Surroundings around) {
        Map<String, String> masked = new TreeMap<>(around.environment());
        masked.replaceAll((_, _) -> MASK);
        map.put("env", masked);
        map.put("clear_env", around.clearEnvironment());
        map.put("cwd", around.directory().toString());
        around.user().ifPresent(it -> map.put("user", it));
        around.umask().ifPresent(it -> map.put("umask", it));
        around.nice().ifPresent(it -> map.put("nice", it));
        around.cpus().ifPresent(it -> map.put("cpus", it));
        map.put("parent_death_signal", around.parentDeathSignal());
    }

    private static void restart(Map<String, Object> map, RestartPolicy restart) {
        map.put("initial", GoDuration.print(restart.initial()));
        map.put("cap", GoDuration.print(restart.cap()));
        map.put("jitter", restart.jitter());
        map.put("stable_after", GoDuration.print(restart.stableAfter()));
    }

    private static void health(Map<String, Object> map, HealthCheck check) {
        switch (check.probe()) {
            case Probe.Http http -> map.put("http", http.url());
            case Probe.Tcp tcp -> map.put("tcp", tcp.address());
            case Probe.Command command -> map.put("command", command.command());
            case Probe.Socket _, Probe.Responsive _ ->
                throw new IllegalArgumentException("no key of the file makes the probe " + check.probe());
        }
        map.put("interval", GoDuration.print(check.interval()));
        map.put("timeout", GoDuration.print(check.timeout()));
        map.put("start_period", GoDuration.print(check.startPeriod()));
        map.put("failures", check.failures());
        map.put("successes", check.successes());
    }

    private static void limits(Map<String, Object> map, Limits limits) {
        limits.lifespan().ifPresent(it -> map.put("lifespan", GoDuration.print(it)));
        map.put("jitter_ratio", limits.jitter());
        limits.memory().ifPresent(it -> map.put("memory", Size.print(it)));
        limits.hardMemory().ifPresent(it -> map.put("memory_hard", Size.print(it)));
        limits.cpu().ifPresent(it -> map.put("cpu", GoDuration.print(it)));
        limits.requests().ifPresent(it -> map.put("requests", it));
        limits.requestCount().ifPresent(counter -> {
            map.put("requests_metric", counter.metric());
            map.put("requests_url", counter.url());
        });
        limits.openFiles().ifPresent(it -> map.put("open_files", it));
        limits.hardOpenFiles().ifPresent(it -> map.put("max_open_files", it));
        map.put("interval", GoDuration.print(limits.interval()));
    }

    /** A flag for the port is among the arguments already. */
    private static void listening(Map<String, Object> map, PoolSettings pool) {
        switch (pool.spec().listening()) {
            case Listening.Unmanaged() -> {}
            case Listening.Shared shared -> {
                Map<String, Object> listen = part(map, "listen");
                listen.put("address", shared.address().getHostString());
                listen.put("port", shared.address().getPort());
                shared.firstWorkerPort().ifPresent(it -> listen.put("worker_port", it));
            }
            case Listening.Proxied proxied -> {
                Map<String, Object> server = part(map, "server");
                part(server, "port_arg").put("start_port", proxied.firstPort());
                server.put("signal_timeout", GoDuration.print(proxied.drain()));
                server.put("health_check_path", proxied.healthPath());
                server.put("load_balancer_algorithm", ListeningSection.algorithm(proxied.strategy()));
                server.put("proxy_config_path", pool.balancerDirectory().toString());
                server.put("listener_address", proxied.entrance().getHostString());
                server.put("listener_port", proxied.entrance().getPort());
            }
        }
    }

    private static void output(Map<String, Object> map, LogSpec log) {
        map.put("file", log.file().toString());
        map.put("max_size", Size.print(log.maxBytes()));
        map.put("keep", log.keep());
    }

    /** Where the keys of a section go. */
    private static Map<String, Object> part(Map<String, Object> map, String name) {
        Map<String, Object> part = new LinkedHashMap<>();
        map.put(name, part);
        return part;
    }
}
