package io.livepatch.supervisor.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.control.ControlMessage.Call;
import io.livepatch.supervisor.control.ControlMessage.Hello;
import io.livepatch.supervisor.control.ControlMessage.Request;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What is sent is what is received, for values of every component. */
class ControlMessageTest {
    private static final int SEEDS = 500;

    private Random random = new Random(0);

    private boolean chance() {
        return random.nextBoolean();
    }

    private Duration time() {
        return Duration.ofNanos(1 + random.nextLong(Duration.ofDays(40).toNanos()));
    }

    private <T> Optional<T> maybe(Supplier<T> value) {
        return chance() ? Optional.of(value.get()) : Optional.empty();
    }

    private OptionalLong maybeLong() {
        return chance() ? OptionalLong.of(1 + random.nextLong(Long.MAX_VALUE - 1)) : OptionalLong.empty();
    }

    private OptionalInt maybeInt(int bound) {
        return chance() ? OptionalInt.of(1 + random.nextInt(bound)) : OptionalInt.empty();
    }

    private <T extends Enum<T>> T one(T[] of) {
        return of[random.nextInt(of.length)];
    }

    /** Text with what JSON, YAML and shells treat specially. */
    private String text() {
        return List.of("a", "ü—✘", "\"quoted\\\"", "${HOME}", "{port}", "two\nlines", "\u0001\t", "")
                        .get(random.nextInt(8))
                + random.nextInt();
    }

    private Probe probe(int depth) {
        return switch (random.nextInt(depth > 0 ? 5 : 4)) {
            case 0 -> new Probe.Http("http://127.0.0.1:{port}/" + random.nextInt());
            case 1 -> new Probe.Tcp("[::1]:" + (1 + random.nextInt(65535)));
            case 2 -> new Probe.Socket(Path.of("/run/a b/" + random.nextInt(1000)), "show info");
            case 3 -> new Probe.Command(List.of("sh", "-c", text()));
            default -> new Probe.Responsive(List.of(probe(depth - 1), probe(depth - 1)));
        };
    }

    private HealthCheck check() {
        return new HealthCheck(probe(1), time(), time(), time(), 1 + random.nextInt(9), 1 + random.nextInt(9));
    }

    private InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.ofLiteral(chance() ? "127.0.10.3" : "::1"), 1 + random.nextInt(65535));
    }

    private Listening listening() {
        InetSocketAddress address = address();
        return switch (random.nextInt(3)) {
            case 0 -> new Listening.Unmanaged();
            case 1 -> new Listening.Shared(address, maybeInt(20_000));
            default ->
                new Listening.Proxied(
                        1 + random.nextInt(20_000), address, "random", "/health", time(), List.of("10.0.0.0/8", "::1"));
        };
    }

    private Limits limits() {
        return new Limits(
                maybe(this::time),
                random.nextDouble(),
                maybeLong(),
                maybe(this::time),
                maybeInt(1000),
                maybeLong(),
                Optional.of(new Limits.Counter("http://127.0.0.1/metrics", text())),
                maybeLong(),
                maybeInt(1000),
                time());
    }

    private PoolSpec spec() {
        ProcessEnvironment environment = new ProcessEnvironment(
                Map.of("A", text(), "B_2", text()),
                chance(),
                Path.of("/srv/" + random.nextInt()),
                maybe(() -> "postgres"),
                maybe(() -> "027"),
                maybeInt(19),
                maybe(() -> "0,2-3"),
                chance() ? "INT" : "KILL");
        PoolSpec.Builder spec = PoolSpec.of("unit-0/web" + random.nextInt(100), List.of("/bin/x", text(), text()))
                .replicas(random.nextInt(9))
                .startSpacing(time())
                .surroundings(environment)
                .stop(chance() ? "TERM" : "USR1", time())
                .reservesPort(chance())
                .reservedPorts(maybe(this::address).map(Set::of).orElse(Set.of()))
                .restart(new RestartPolicy(
                        one(RestartPolicy.When.values()),
                        Duration.ofMillis(1 + random.nextInt(1000)),
                        Duration.ofSeconds(1 + random.nextInt(1000)),
                        random.nextDouble(),
                        time(),
                        maybeInt(9)))
                .limits(limits())
                .recycling(new ReplacementPolicy(one(ReplacementPolicy.Order.values()), 1 + random.nextInt(9), time()))
                .listening(listening());
        maybe(() -> new LogSpec(Path.of("/var/log/x.log"), 1024 + random.nextInt(1000), random.nextInt(9)))
                .ifPresent(spec::log);
        maybe(this::check).ifPresent(spec::ready);
        maybe(this::check).ifPresent(spec::live);
        return spec.build();
    }

    private WorkerInfo worker() {
        return new WorkerInfo(
                "web-1",
                1,
                one(WorkerInfo.Role.values()),
                one(WorkerState.values()),
                maybe(() -> random.nextLong(99_999)),
                Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)),
                Instant.EPOCH,
                random.nextInt(99),
                maybe(() -> new ExitStatus(random.nextInt(256), maybe(this::text))),
                maybe(this::text),
                maybe(() -> one(ReplacementReason.values())),
                maybe(() -> new WorkerInfo.ResourceUsage(2, random.nextLong(1 << 30), time(), 7, maybeLong())),
                new Listening.WorkerPorts(maybe(() -> 8080), maybe(() -> 9080)),
                maybe(() -> Path.of("/var/log/x-1.log")));
    }

    private static <T> T sent(Object value, Class<T> type) {
        return ControlMessage.JSON.readValue(ControlMessage.JSON.writeValueAsString(value), type);
    }

    @Test
    void everySpecArrivesAsItWasSent() {
        for (int seed = 0; seed < SEEDS; seed++) {
            random = new Random(seed);
            Call call = new Call(seed, new Request.Apply(spec(), text(), maybe(() -> "HUP")));
            assertThat(sent(call, Call.class)).as("seed " + seed).isEqualTo(call);
        }
    }

    @Test
    void everyStateArrivesAsItWasSent() {
        for (int seed = 0; seed < SEEDS; seed++) {
            random = new Random(seed);
            ControlMessage state = new ControlMessage.Pool(new PoolState(
                    spec(),
                    text(),
                    List.of(worker(), worker()),
                    chance(),
                    maybe(() -> new PoolState.ReplacementFailure(worker(), new ExitStatus(2), time()))));
            assertThat(sent(state, ControlMessage.class)).as("seed " + seed).isEqualTo(state);
        }
    }

    @Test
    void everyRequestArrivesAsItWasSent() {
        for (Request request : List.of(
                new Request.Ping(),
                new Request.Watch(),
                new Request.Recycle("a"),
                new Request.Stop("a"),
                new Request.ReadFile(),
                new Request.Metrics(),
                new Request.Shutdown())) {
            assertThat(sent(new Call(1, request), Call.class)).isEqualTo(new Call(1, request));
        }
    }

    @Test
    void fieldsOfAnotherBuildAreIgnored() {
        String newer = """
                {"id": 7, "priority": "high", "request": {"request": "stop", "pool": "web", "within": "PT1M"}}""";
        assertThat(ControlMessage.JSON.readValue(newer, Call.class)).isEqualTo(new Call(7, new Request.Stop("web")));
        String hello = """
                {"message": "hello", "protocol": 1, "oldest": 1, "pid": 3, "compression": ["zstd"]}""";
        assertThat(ControlMessage.JSON.readValue(hello, ControlMessage.class))
                .isInstanceOfSatisfying(
                        Hello.class, it -> assertThat(it.requests()).isEmpty());
    }

    @Test
    void aSpecOfAnEarlierBuildReservesNoPorts() {
        PoolSpec spec = PoolSpec.of("web", List.of("true")).build();
        String sent = ControlMessage.JSON.writeValueAsString(spec).replace(",\"reserved-ports\":[]", "");
        assertThat(sent).doesNotContain("reserved-ports");
        assertThat(ControlMessage.JSON.readValue(sent, PoolSpec.class)).isEqualTo(spec);
    }

    @Test
    void aProgramSaysWhichSideIsTooOld() {
        Hello client = new Hello(4, 3, List.of(), 1, "4");
        assertThatThrownBy(() -> Hello.requireCompatible(client, new Hello(2, 1, List.of(), 77, "0.2")))
                .isInstanceOf(SupervisorException.Unavailable.class)
                .hasMessageContainingAll("process 77", "version 0.2", "1 to 2", "3 to 4", "start a newer one");
        assertThatThrownBy(() -> Hello.requireCompatible(client, new Hello(9, 5, List.of(), 77, "0.9")))
                .hasMessageContainingAll("5 to 9", "use a newer build of this program");
        Hello.requireCompatible(client, new Hello(3, 1, List.of(), 77, "0.3"));
        Hello.requireCompatible(client, new Hello(9, 4, List.of(), 77, "0.9"));
    }
}
