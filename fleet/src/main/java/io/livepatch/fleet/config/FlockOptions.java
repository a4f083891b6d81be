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

/** One entry of {@code flocks}, in Mobu's words as far as it has them. Their order is that in which a flock is printed. */
record FlockOptions(
        @Option(value = "unique in a run", pattern = Flock.NAME, expected = "lower-case letters, digits and hyphens")
        String name,

        @Option(value = "how many monkeys: simulated machines", min = "1", max = "" + Flock.MAX_COUNT)
        int count,

        @Option(
                value = "monkeys start in batches of the whole flock; without it, all at once",
                key = "start_batch_size",
                min = "1",
                max = "" + Integer.MAX_VALUE)
        Optional<Integer> batchSize,

        @Option(
                value = "from one batch to the next",
                key = "start_batch_wait",
                min = "0s",
                max = "24h",
                example = "5m30s")
        Optional<Duration> batchWait,

        @Option(value = "what the monkeys do", shorthand = "type")
        WorkOptions.Business business,

        @Option("options of the business, if it is a word alone")
        Optional<WorkOptions> options,

        @Option(value = "when the monkeys take turns", inline = true)
        TimingOptions timing,

        @Option("the mix of kernels; without it, one") List<KernelOptions> kernels,

        @Option(
                value = "what must hold for the run to succeed; without any, `errors == 0`",
                expected = "a list of conditions such as p99 < 50ms")
        List<Threshold> thresholds)
        implements Checked {
    private static final KernelOptions USUAL_KERNEL =
            new KernelOptions(new KernelRelease("5.15.0-107.117-generic"), "amd64", 1);

    /** A part of the mix of kernels. */
    record KernelOptions(
            @Option(value = "what the machines report", expected = "a release like 5.15.0-107.117-generic")
            KernelRelease kernel,

            @Option(value = "what the machines report", byDefault = "amd64", expected = "amd64, arm64, …")
            String architecture,

            @Option(value = "its part of the sum of all", byDefault = "1", min = "1", max = "1000000")
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
        // A business that is one word has this word as its type, and no key for it.
        boolean mapping = notes.given("business.type");
        if (mapping && options.isPresent()) {
            notes.problem("options", "are given beside a 'business' that has its own", "move them there");
        }
        WorkOptions.check(business.type(), mapping ? "business.options" : "options", notes);
        if (notes.given("start_batch_wait") && !notes.given("start_batch_size")) {
            notes.missing("start_batch_size", "though 'start_batch_wait' is given");
        }
        if (!notes.given("start_batch_wait") && batchSize.orElse(count) < count) {
            notes.missing("start_batch_wait", "and there is more than one batch");
        }
    }

    /** The options of which {@link #flock} makes the same flock. */
    static FlockOptions of(Flock flock) {
        boolean together = flock.batches().equals(StartBatches.one());
        return new FlockOptions(
                flock.name(),
                flock.count(),
                together ? Optional.empty() : Optional.of(flock.batches().size()),
                together ? Optional.empty() : Optional.of(flock.batches().pause()),
                WorkOptions.Business.of(flock.work()),
                Optional.empty(),
                TimingOptions.of(flock),
                flock.kernels().parts().stream()
                        .map(part -> new KernelOptions(
                                part.platform().kernel(), part.platform().architecture(), part.weight()))
                        .toList(),
                flock.thresholds());
    }

    /** The flock. Throws {@link IllegalArgumentException} if {@link #check} has something to report. */
    Flock flock() {
        List<KernelOptions> mix = kernels.isEmpty() ? List.of(USUAL_KERNEL) : kernels;
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
