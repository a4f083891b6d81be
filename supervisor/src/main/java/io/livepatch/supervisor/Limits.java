package io.livepatch.supervisor;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a worker may use up before it is recycled, and what it cannot exceed at all. Memory and open files are those of the
 * worker and of all its descendants in its session; CPU time counts what ended children used as well.
 *
 * @param lifespan how long it lives
 * @param jitter up to which part of the lifespan is added by chance, from 0 to 1; drawn anew for each process
 * @param memory resident bytes
 * @param cpu time on a processor
 * @param openFiles file descriptors
 * @param requests as counted by {@code requestCount}, or by the balancer
 * @param requestCount where a worker says how many requests it has had
 * @param hardMemory bytes; the kernel kills at this, where a cgroup can be made
 * @param hardOpenFiles the soft and hard {@code RLIMIT_NOFILE}
 * @param interval how often use is measured
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

    /** No limit at all. */
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

    /** A counter on a page in Prometheus' text format; the samples of all its labels are added up. */
    public record Counter(String url, String metric) {}

    public Limits {
        lifespan.ifPresent(it -> Preconditions.positive(it, "lifespan"));
        Preconditions.that(jitter >= 0 && jitter <= 1, "jitter", jitter, "it must be from 0 to 1");
        cpu.ifPresent(it -> Preconditions.positive(it, "limit of CPU time"));
        memory.ifPresent(it -> Preconditions.that(it > 0, "memory limit", it, "it must be more than nothing"));
        hardMemory.ifPresent(it -> Preconditions.that(it > 0, "hard memory limit", it, "it must be more than nothing"));
        openFiles.ifPresent(it -> Preconditions.that(it > 0, "limit of open files", it, "it must be more than none"));
        hardOpenFiles.ifPresent(
                it -> Preconditions.that(it > 0, "hard limit of open files", it, "it must be more than none"));
        requests.ifPresent(it -> Preconditions.that(it > 0, "limit of requests", it, "it must be more than none"));
        Preconditions.positive(interval, "interval of measuring");
    }

    /** Whether anything must be measured for them. */
    public boolean measured() {
        return memory.isPresent() || cpu.isPresent() || openFiles.isPresent() || requests.isPresent();
    }
}
