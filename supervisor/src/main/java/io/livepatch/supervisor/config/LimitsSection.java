package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** {@code limits}: Monoceros' {@code lifespan jitter_ratio memory}, and ours. A limit of 0 is none, as it is for Monoceros. */
final class LimitsSection {

    static final Key<Duration> LIFESPAN = Readings.duration("lifespan");
    static final Key<Double> JITTER_RATIO = Readings.ratio("jitter_ratio");
    static final Key<Long> MEMORY = Readings.size("memory");
    static final Key<Long> MEMORY_HARD = Readings.size("memory_hard");
    static final Key<Duration> CPU = Readings.duration("cpu");
    static final Key<Long> REQUESTS = Readings.count("requests");
    static final Key<String> REQUESTS_METRIC =
            Readings.text("requests_metric", "the name of a counter on that page", text -> text);
    static final Key<String> REQUESTS_URL = Readings.text(
            "requests_url",
            "a URL such as http://127.0.0.1:{worker_port}/metrics",
            text -> new io.livepatch.supervisor.Probe.Http(text).url());
    static final Key<Integer> OPEN_FILES = Readings.whole("open_files", 0, Integer.MAX_VALUE);
    static final Key<Integer> MAX_OPEN_FILES = Readings.whole("max_open_files", 0, Integer.MAX_VALUE);
    static final Key<Duration> INTERVAL = Readings.positiveDuration("interval");

    static final Section LIMITS = Section.of(
            "limits",
            List.of(
                    LIFESPAN,
                    JITTER_RATIO,
                    MEMORY,
                    MEMORY_HARD,
                    CPU,
                    REQUESTS,
                    REQUESTS_METRIC,
                    REQUESTS_URL,
                    OPEN_FILES,
                    MAX_OPEN_FILES,
                    INTERVAL));

    private LimitsSection() {}

    static Limits read(Values values) {
        return new Limits(
                values.get(LIFESPAN).filter(Duration::isPositive),
                values.get(JITTER_RATIO).orElse(0.0),
                bytes(values.get(MEMORY)),
                values.get(CPU).filter(Duration::isPositive),
                number(values.get(OPEN_FILES)),
                bytes(values.get(REQUESTS)),
                counter(values),
                bytes(values.get(MEMORY_HARD)),
                number(values.get(MAX_OPEN_FILES)),
                values.get(INTERVAL).orElse(Limits.DEFAULT_INTERVAL));
    }

    private static Optional<Limits.Counter> counter(Values values) {
        Optional<String> metric = values.get(REQUESTS_METRIC);
        Optional<String> url = values.get(REQUESTS_URL);
        boolean half = values.has(REQUESTS_METRIC.name()) != values.has(REQUESTS_URL.name());
        if (half) {
            Key<String> missing = values.has(REQUESTS_URL.name()) ? REQUESTS_METRIC : REQUESTS_URL;
            values.note(
                    missing.name(),
                    "is missing, the other half of where requests are counted; give " + missing.expected());
        }
        return url.flatMap(at -> metric.map(name -> new Limits.Counter(at, name)));
    }

    private static OptionalLong bytes(Optional<Long> read) {
        return read.stream().filter(it -> it > 0).mapToLong(it -> it).findFirst();
    }

    private static OptionalInt number(Optional<Integer> read) {
        return read.stream().filter(it -> it > 0).mapToInt(it -> it).findFirst();
    }
}
