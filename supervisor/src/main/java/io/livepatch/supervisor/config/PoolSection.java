package io.livepatch.supervisor.config;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.PoolSpecBuilder;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.Recycling;
import io.livepatch.supervisor.StopPolicy;
import io.livepatch.supervisor.WorkerPorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** One entry of {@code supervisor.workers}: Monoceros' keys as they are, and ours. */
final class PoolSection {

    static final Key<String> NAME = Readings.text(
            "name",
            "a name such as web",
            text -> PoolSpec.of(text, List.of("true")).build().name());
    static final Key<Integer> REPLICAS = Readings.whole("replicas", 0, PoolSpec.MAX_REPLICAS);
    static final Key<String> EXEC = Readings.text(
            "exec",
            "a program, by path or by name",
            text -> PoolSpec.of("name", List.of(text)).build().command().getFirst());
    static final Key<List<String>> ARGS = Readings.texts("args", "a list: [--flag, value]");
    static final Key<Duration> SIGNAL_TIMEOUT = Readings.duration("signal_timeout");
    static final Key<String> STOP_SIGNAL = Readings.text(
            "stop_signal", "a signal", text -> new StopPolicy(text, StopPolicy.DEFAULT.timeout()).signal());
    static final Key<Integer> MAX_RESTARTS = Readings.whole("max_restarts", Integer.MIN_VALUE, Integer.MAX_VALUE);
    static final Key<Duration> STARTUP_WAIT_TIME = Readings.duration("startup_wait_time");
    static final Key<Integer> DESIRED_HEALTHY_PERCENTAGE = Readings.whole("desired_healthy_percentage", 0, 100);

    static final Key<Recycling.Order> ORDER = Readings.word("order", Recycling.Order.class, PoolSection::word);
    static final Key<Duration> READY_WITHIN = Readings.positiveDuration("ready_within");
    static final Key<Integer> MAX_UNAVAILABLE = Readings.whole("max_unavailable", 1, 100);
    static final Section RECYCLE = Section.of("recycle", List.of(ORDER, MAX_UNAVAILABLE, READY_WITHIN));

    static final Section WORKERS = new Section(
            "workers",
            true,
            Stream.concat(
                            Stream.of(
                                    NAME,
                                    REPLICAS,
                                    EXEC,
                                    ARGS,
                                    SIGNAL_TIMEOUT,
                                    STOP_SIGNAL,
                                    MAX_RESTARTS,
                                    STARTUP_WAIT_TIME,
                                    DESIRED_HEALTHY_PERCENTAGE),
                            SurroundingsSection.KEYS.stream())
                    .toList(),
            List.of(
                    RestartSection.RESTART,
                    HealthSection.HEALTH,
                    HealthSection.READY,
                    LimitsSection.LIMITS,
                    RECYCLE,
                    ListeningSection.LISTEN,
                    ListeningSection.SERVER,
                    OutputSection.OUTPUT));

    private final Values values;
    private final Origin origin;
    private final Path balancers;

    PoolSection(Values values, Origin origin, Path balancers) {
        this.values = values;
        this.origin = origin;
        this.balancers = balancers;
    }

    PoolSettings read() {
        return read(values.require(NAME).orElse("unnamed"));
    }

    /** The pool of a name that is known already. */
    PoolSettings read(String known) {
        String name = values.get(NAME).orElse(known);
        Optional<Values> server = values.part(ListeningSection.SERVER);
        PoolSpecBuilder builder = PoolSpec.of(name, command(server))
                .replicas(values.get(REPLICAS).orElse(1))
                .startSpacing(values.get(STARTUP_WAIT_TIME).orElse(Duration.ZERO))
                .surroundings(SurroundingsSection.read(values, origin))
                .stop(
                        values.get(STOP_SIGNAL).orElse(StopPolicy.DEFAULT.signal()),
                        values.get(SIGNAL_TIMEOUT).filter(Duration::isPositive).orElse(StopPolicy.DEFAULT.timeout()))
                .restart(RestartSection.read(values.part(RestartSection.RESTART), maxCrashes()))
                .recycling(recycling());
        log().ifPresent(builder::log);
        checks(server, builder);
        return new PoolSettings(
                withPortsAndLimits(builder.build(), server),
                values.get(DESIRED_HEALTHY_PERCENTAGE),
                server.flatMap(it -> it.get(ListeningSection.PROXY_CONFIG_PATH))
                        .map(origin::resolve)
                        .orElse(balancers.resolve(name.replace('/', '-'))));
    }

    /** Apart from the rest, since these two alone can be wrong together with it. */
    private PoolSpec withPortsAndLimits(PoolSpec spec, Optional<Values> server) {
        Listening listening = listening(server);
        Limits limits = limits(server);
        String part = server.isPresent() ? ListeningSection.SERVER.name() : ListeningSection.LISTEN.name();
        PoolSpec listens =
                values.together(part, () -> spec.but().listening(listening).build(), spec);
        return values.together(
                LimitsSection.LIMITS.name(), () -> listens.but().limits(limits).build(), listens);
    }

    private List<String> command(Optional<Values> server) {
        List<String> command = new ArrayList<>();
        command.add(values.require(EXEC).orElse("unnamed"));
        server.map(ListeningSection::portArguments).ifPresent(command::addAll);
        command.addAll(values.get(ARGS).orElse(List.of()));
        return command;
    }

    /** Without a value, or below 0, there is no end; Monoceros reads no value as 0, which ends it all at the first exit. */
    private OptionalInt maxCrashes() {
        return values.get(MAX_RESTARTS).stream()
                .mapToInt(it -> it)
                .filter(it -> it >= 0)
                .findFirst();
    }

    private Recycling recycling() {
        Optional<Values> part = values.part(RECYCLE);
        return new Recycling(
                part.flatMap(it -> it.get(ORDER)).orElse(Recycling.DEFAULT.order()),
                part.flatMap(it -> it.get(MAX_UNAVAILABLE)).orElse(Recycling.DEFAULT.maxUnavailable()),
                part.flatMap(it -> it.get(READY_WITHIN)).orElse(Recycling.DEFAULT.readyWithin()));
    }

    private Listening listening(Optional<Values> server) {
        Optional<Listening> shared = values.part(ListeningSection.LISTEN).map(ListeningSection::shared);
        Optional<Listening> proxied = server.map(ListeningSection::proxied);
        if (shared.isPresent() && proxied.isPresent()) {
            values.note(
                    "server", "stands beside listen; keep server for a balancer in front, listen for a shared port");
        }
        return proxied.or(() -> shared).orElse(new Listening.Unmanaged());
    }

    private Optional<LogSpec> log() {
        return values.part(OutputSection.OUTPUT).flatMap(it -> OutputSection.read(it, origin));
    }

    /** Health decides for both where nothing is said of readiness; in proxy mode, what the balancer asks decides on that. */
    private void checks(Optional<Values> server, PoolSpecBuilder builder) {
        Optional<HealthCheck> live = values.part(HealthSection.HEALTH).flatMap(HealthSection::read);
        Optional<HealthCheck> ready = values.part(HealthSection.READY).flatMap(HealthSection::read);
        Optional<HealthCheck> asked = server.flatMap(it -> it.get(ListeningSection.HEALTH_CHECK_PATH))
                .map(path -> HealthCheck.patient(new Probe.Http("http://127.0.0.1:" + WorkerPorts.PORT + path)));
        live.ifPresent(builder::live);
        ready.or(() -> live).or(() -> asked).ifPresent(builder::ready);
    }

    private Limits limits(Optional<Values> server) {
        Limits limits =
                values.part(LimitsSection.LIMITS).map(LimitsSection::read).orElse(Limits.NONE);
        boolean counted = limits.requestCount().isPresent() || server.isPresent();
        if (limits.requests().isPresent() && !counted) {
            values.note(
                    "limits",
                    "there are requests to be limited and nobody to count them; give limits.requests_metric and "
                            + "limits.requests_url, or use proxy mode");
        }
        return limits;
    }

    private static String word(Recycling.Order order) {
        return order.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
