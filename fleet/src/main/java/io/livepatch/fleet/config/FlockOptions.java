package io.livepatch.fleet.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.KernelMix;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.protocol.Platform;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One entry of {@code flocks}, with Mobu's keys where it has them, in the order in which a flock is printed. */
record FlockOptions(
        @Option(
                value = "the name, unique in a run",
                pattern = Flock.NAME,
                expected = "lower-case letters, digits and hyphens")
        String name,

        @Option(value = "the number of monkeys: simulated machines", min = "1", max = "" + Flock.MAX_COUNT)
        int count,

        @Option(
                value = "monkeys start in batches of this size, over all replicas; without it, all at once",
                key = "start_batch_size",
                min = "1",
                max = "" + Integer.MAX_VALUE)
        Optional<Integer> batchSize,

        @Option(
                value = "the time from one batch to the next",
                key = "start_batch_wait",
                min = "0s",
                max = "24h",
                example = "5m30s")
        Optional<Duration> batchWait,

        @Option(value = "the scenario of the monkeys", shorthand = "type")
        WorkOptions.Business business,

        @Option("options of the business, if it is only a word")
        Optional<WorkOptions> options,

        @Option(value = "when iterations start", inline = true)
        TimingOptions timing,

        @Option("the mix of kernels; without it, one") List<KernelOptions> kernels,

        @Option(
                value = "the conditions of success; without any, `errors == 0`",
                expected = "a list of conditions such as p99 < 50ms")
        List<Threshold> thresholds)
        implements Checked {
    private static final KernelOptions DEFAULT_KERNEL =
            new KernelOptions(new KernelRelease("5.15.0-107.117-generic"), "amd64", 1);

    /** A part of the mix of kernels. */
    record KernelOptions(
            @Option(value = "the kernel that the machines report", expected = "a release like 5.15.0-107.117-generic")
            KernelRelease kernel,

            @Option(
                    value = "the architecture that the machines report",
                    byDefault = "amd64",
                    expected = "amd64, arm64, …")
            String architecture,

            @Option(value = "its weight in the sum of all weights", byDefault = "1", min = "1", max = "1000000")
            int weight)
            implements Checked {
        @Override
        public void check(Notes notes) {
            try {
                part();
            } catch (IllegalArgumentException e) {
                notes.problem("architecture", String.valueOf(e.getMessage()), "");
            }
        }

        private KernelMix.Part part() {
            return new KernelMix.Part(new Platform(kernel, architecture), weight);
        }
    }

    @Override
    public void check(Notes notes) {
        // A business that is only a word is its type, without the key.
        boolean mapping = notes.given("business.type");
        if (mapping && options.isPresent()) {
            notes.problem("options", "is given beside a 'business' that has its own", "move them there");
        }
        WorkOptions.check(business.type(), mapping ? "business.options" : "options", notes);
        if (notes.given("start_batch_wait") && !notes.given("start_batch_size")) {
            notes.missing("start_batch_size", "though 'start_batch_wait' is given");
        }
        if (!notes.given("start_batch_wait") && batchSize.orElse(count) < count) {
            notes.missing("start_batch_wait", "and there is more than one batch");
        }
    }

    /** The inverse of {@link #flock}. */
    static FlockOptions of(Flock flock) {
        boolean oneBatch = flock.batches().equals(StartBatches.one());
        return new FlockOptions(
                flock.name(),
                flock.count(),
                oneBatch ? Optional.empty() : Optional.of(flock.batches().size()),
                oneBatch ? Optional.empty() : Optional.of(flock.batches().pause()),
                WorkOptions.Business.of(flock.work()),
                Optional.empty(),
                TimingOptions.of(flock),
                flock.kernels().parts().stream()
                        .map(part -> new KernelOptions(
                                part.platform().kernel(), part.platform().architecture(), part.weight()))
                        .toList(),
                flock.thresholds());
    }

    /** Throws {@link IllegalArgumentException} if {@link #check} reports a problem. */
    Flock flock() {
        List<KernelOptions> mix = kernels.isEmpty() ? List.of(DEFAULT_KERNEL) : kernels;
        return new Flock(
                name,
                count,
                batchSize
                        .map(size -> new StartBatches(size, batchWait.orElse(Duration.ZERO)))
                        .orElse(StartBatches.one()),
                business.work(options),
                timing.load(),
                timing.end(),
                timing.warmUp().orElse(Duration.ZERO),
                new KernelMix(mix.stream().map(KernelOptions::part).toList()),
                thresholds);
    }
}
