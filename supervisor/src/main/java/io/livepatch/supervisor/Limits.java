package io.livepatch.supervisor;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * The resource limits of a worker: it is replaced when it exceeds a soft one; the kernel enforces the hard ones. Memory and open
 * files are summed over the worker and all its descendants in its session; CPU time includes ended children.
 *
 * @param jitter the largest random addition to the lifespan, as a fraction from 0 to 1
 * @param memory resident bytes
 * @param requests as counted by {@code requestCount}, or else by the balancer
 * @param hardMemory bytes at which the kernel kills, where a cgroup can be made
 * @param hardOpenFiles the soft and hard {@code RLIMIT_NOFILE}
 * @param interval between measurements
 */
public record Limits(
        Optional<Duration> lifespan,
        double jitter,
        OptionalLong memory,
        Optional<Duration> cpu,
        OptionalInt openFiles,
        OptionalLong requests,
        Optional<Counter> requestCount,
        OptionalLong hardMemory,
        OptionalInt hardOpenFiles,
        Duration interval) {

    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(5);

    public static final Limits NONE = new Limits(
            Optional.empty(),
            0,
            OptionalLong.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            Optional.empty(),
            OptionalLong.empty(),
            OptionalInt.empty(),
            DEFAULT_INTERVAL);

    /** A counter on a page in Prometheus' text format; the samples of all label values are summed. */
    public record Counter(String url, String metric) {}

    public Limits {
        lifespan.ifPresent(it -> Preconditions.positive(it, "lifespan"));
        Preconditions.that(jitter >= 0 && jitter <= 1, "jitter", jitter, "it must be from 0 to 1");
        cpu.ifPresent(it -> Preconditions.positive(it, "limit of CPU time"));
        memory.ifPresent(it -> Preconditions.positive(it, "memory limit"));
        hardMemory.ifPresent(it -> Preconditions.positive(it, "hard memory limit"));
        openFiles.ifPresent(it -> Preconditions.positive(it, "limit of open files"));
        hardOpenFiles.ifPresent(it -> Preconditions.positive(it, "hard limit of open files"));
        requests.ifPresent(it -> Preconditions.positive(it, "limit of requests"));
        Preconditions.positive(interval, "interval of measuring");
    }

    /** A soft limit that was exceeded, and in words by what. */
    public record Excess(ReplacementReason reason, String why) {}

    /** The first limit that {@code usage} exceeds. */
    public Optional<Excess> exceededBy(WorkerInfo.ResourceUsage usage) {
        if (memory.isPresent() && usage.residentBytes() > memory.getAsLong()) {
            return excess(ReplacementReason.MEMORY, usage.residentBytes() + " bytes resident", memory.getAsLong());
        }
        if (cpu.isPresent() && usage.cpu().compareTo(cpu.get()) > 0) {
            return excess(ReplacementReason.CPU, seconds(usage.cpu()) + " of CPU time", seconds(cpu.get()));
        }
        if (openFiles.isPresent() && usage.openFiles() > openFiles.getAsInt()) {
            return excess(ReplacementReason.OPEN_FILES, usage.openFiles() + " open files", openFiles.getAsInt());
        }
        long count = usage.requests().orElse(0);
        if (requests.isPresent() && count >= requests.getAsLong()) {
            return excess(ReplacementReason.REQUESTS, count + " requests", requests.getAsLong());
        }
        return Optional.empty();
    }

    private static Optional<Excess> excess(ReplacementReason reason, String measured, Object limit) {
        return Optional.of(new Excess(reason, "%s, and its limit is %s".formatted(measured, limit)));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }

    /** The lifespan of the next process, with its jitter. */
    public Optional<Duration> drawLifespan(RandomGenerator random) {
        double share = jitter * random.nextDouble();
        return lifespan.map(span -> span.plusNanos((long) (span.toNanos() * share)));
    }

    /** Whether a soft limit needs measurements. */
    public boolean measured() {
        return memory.isPresent() || cpu.isPresent() || openFiles.isPresent() || requests.isPresent();
    }
}
