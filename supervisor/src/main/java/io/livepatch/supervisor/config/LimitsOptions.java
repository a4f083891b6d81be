package io.livepatch.supervisor.config;

import static io.livepatch.supervisor.config.PoolOptions.DURATION;
import static io.livepatch.supervisor.config.PoolOptions.INSTANT;
import static io.livepatch.supervisor.config.PoolOptions.POSITIVE;
import static io.livepatch.supervisor.config.PoolOptions.SIZE;

import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.OptionGroup;
import io.livepatch.common.config.OptionGroup.Rule;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.config.PoolText.Url;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** {@code limits}. A limit of 0 is no limit, as in Monoceros. */
@OptionGroup(
        rule = Rule.ALL_OR_NONE,
        keys = {"requests_metric", "requests_url"})
record LimitsOptions(
        @Option(value = "the time after which a worker is replaced", expected = DURATION)
        Optional<Duration> lifespan,

        @Option(value = "up to this fraction of the lifespan is added at random", byDefault = "0", min = "0", max = "1")
        double jitterRatio,

        @Option(value = "resident memory, child processes included", expected = SIZE)
        Optional<DataSize> memory,

        @Option(value = "the kernel kills a worker at this size; needs a writable cgroup", expected = SIZE)
        Optional<DataSize> memoryHard,

        @Option(value = "CPU time", expected = DURATION) Optional<Duration> cpu,

        @Option(value = "requests, as counted by the balancer or by the worker itself", min = "0")
        Optional<Long> requests,

        @Option(value = "the counter of requests in its metrics", expected = "the name of a counter on that page")
        Optional<String> requestsMetric,

        @Option(value = "the worker's metrics", expected = "a URL such as http://127.0.0.1:{worker_port}/metrics")
        Optional<Url> requestsUrl,

        @Option(value = "open files, child processes included", min = "0")
        Optional<Integer> openFiles,

        @Option(value = "`RLIMIT_NOFILE`", min = "0") Optional<Integer> maxOpenFiles,

        @Option(value = "how often usage is measured", byDefault = "5s", min = INSTANT, expected = POSITIVE)
        Duration interval) {

    LimitsOptions {
        lifespan = lifespan.filter(Duration::isPositive);
        memory = memory.filter(size -> size.bytes() > 0);
        memoryHard = memoryHard.filter(size -> size.bytes() > 0);
        cpu = cpu.filter(Duration::isPositive);
        requests = requests.filter(count -> count > 0);
        openFiles = openFiles.filter(count -> count > 0);
        maxOpenFiles = maxOpenFiles.filter(count -> count > 0);
    }

    Limits limits() {
        return new Limits(
                lifespan,
                jitterRatio,
                bytes(memory),
                cpu,
                number(openFiles),
                requests.stream().mapToLong(it -> it).findFirst(),
                requestsUrl.flatMap(url -> requestsMetric.map(metric -> new Limits.Counter(url.text(), metric))),
                bytes(memoryHard),
                number(maxOpenFiles),
                interval);
    }

    private static OptionalLong bytes(Optional<DataSize> size) {
        return size.stream().mapToLong(DataSize::bytes).findFirst();
    }

    private static OptionalInt number(Optional<Integer> count) {
        return count.stream().mapToInt(it -> it).findFirst();
    }
}
