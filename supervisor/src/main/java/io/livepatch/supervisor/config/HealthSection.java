package io.livepatch.supervisor.config;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code health} and {@code ready}, which have the same keys. */
final class HealthSection {

    static final Key<Probe> HTTP =
            Readings.text("http", "a URL such as http://127.0.0.1:{worker_port}/health", Probe.Http::new);
    static final Key<Probe> TCP = Readings.text("tcp", "an address such as 127.0.0.1:{port}", Probe.Tcp::new);
    static final Key<List<String>> COMMAND = Readings.texts("command", "a list: [program, argument, …]");
    static final Key<Duration> INTERVAL = Readings.positiveDuration("interval");
    static final Key<Duration> TIMEOUT = Readings.positiveDuration("timeout");
    static final Key<Duration> START_PERIOD = Readings.duration("start_period");
    static final Key<Integer> FAILURES = Readings.whole("failures", 1, 1000);
    static final Key<Integer> SUCCESSES = Readings.whole("successes", 1, 1000);

    static final Section HEALTH = section("health");
    static final Section READY = section("ready");

    private HealthSection() {}

    private static Section section(String name) {
        return Section.of(name, List.of(HTTP, TCP, COMMAND, INTERVAL, TIMEOUT, START_PERIOD, FAILURES, SUCCESSES));
    }

    static Optional<HealthCheck> read(Values values) {
        Optional<Probe> probe = probe(values);
        HealthCheck check = new HealthCheck(
                probe.orElse(new Probe.Tcp("127.0.0.1:1")),
                values.get(INTERVAL).orElse(HealthCheck.DEFAULT_INTERVAL),
                values.get(TIMEOUT).orElse(HealthCheck.DEFAULT_TIMEOUT),
                values.get(START_PERIOD).orElse(HealthCheck.DEFAULT_START_PERIOD),
                values.get(FAILURES).orElse(HealthCheck.DEFAULT_FAILURES),
                values.get(SUCCESSES).orElse(1));
        return probe.map(_ -> check);
    }

    private static Optional<Probe> probe(Values values) {
        List<String> given = new ArrayList<>(List.of("http", "tcp", "command"));
        given.removeIf(name -> !values.has(name));
        if (given.isEmpty()) {
            values.note("", "says nothing to look at; give one of http, tcp and command");
        } else if (given.size() > 1) {
            values.note(
                    given.getLast(), "stands beside %s; keep one of http, tcp and command".formatted(given.getFirst()));
        }
        Optional<Probe> http = values.get(HTTP);
        Optional<Probe> tcp = values.get(TCP);
        Optional<Probe> command = values.get(COMMAND)
                .map(line -> values.together(
                        COMMAND.name(), () -> new Probe.Command(line), new Probe.Command(List.of("true"))));
        return http.or(() -> tcp).or(() -> command);
    }
}
