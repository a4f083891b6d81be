package io.livepatch.fleet.config;

import io.livepatch.fleet.KernelRelease;
import io.livepatch.fleet.Platform;
import io.livepatch.fleet.flock.Batches;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.KernelMix;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Work;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One entry of {@code flocks}, in Mobu's words as far as it has them. */
record FlockSection(Values values) {
    static final Key<String> NAME = Readings.text("name", "lower-case letters, digits and hyphens", text -> text);
    static final Key<Integer> COUNT = Readings.whole("count", 1, Flock.MAX_COUNT);
    static final Key<Integer> BATCH_SIZE = Readings.whole("start_batch_size", 1, Integer.MAX_VALUE);
    static final Key<Duration> BATCH_WAIT = Readings.duration("start_batch_wait", Duration.ZERO, Duration.ofHours(24));
    static final String KERNELS = "kernels";
    static final String THRESHOLDS = "thresholds";
    static final Section FLOCK = Section.of(
            "flocks",
            List.of(
                    NAME,
                    COUNT,
                    BATCH_SIZE,
                    BATCH_WAIT,
                    LoadSection.MODEL,
                    LoadSection.RATE,
                    LoadSection.ARRIVALS,
                    LoadSection.DURATION,
                    LoadSection.WARM_UP),
            WorkSection.BUSINESS,
            WorkSection.OPTIONS,
            LoadSection.STAGES,
            KERNELS,
            THRESHOLDS);

    static final Key<KernelRelease> KERNEL =
            Readings.text("kernel", "a release like 5.15.0-107.117-generic", KernelRelease::new);
    static final Key<String> ARCHITECTURE = Readings.text("architecture", "amd64, arm64, …", text -> text);
    static final Key<Integer> WEIGHT = Readings.whole("weight", 1, 1_000_000);
    private static final Section PART = Section.of(KERNELS, List.of(KERNEL, ARCHITECTURE, WEIGHT));

    private static final String USUAL_ARCHITECTURE = "amd64";
    private static final KernelMix USUAL = new KernelMix(List.of(
            new KernelMix.Part(new Platform(new KernelRelease("5.15.0-107.117-generic"), USUAL_ARCHITECTURE), 1)));

    /** Empty only if something was noted as a problem. */
    Optional<Flock> read() {
        Optional<String> name = values.require(NAME);
        Optional<Integer> count = values.require(COUNT);
        Batches batches = batches(count.orElse(Flock.MAX_COUNT));
        Optional<Work> work = new WorkSection(values).read();
        LoadSection.Timing timing = new LoadSection(values).read();
        KernelMix kernels = kernels();
        List<Threshold> thresholds = values.list(THRESHOLDS, node -> Threshold.parse(Readings.scalar(node)));
        if (values.isWrong() || name.isEmpty() || count.isEmpty() || work.isEmpty()) {
            return Optional.empty();
        }
        return values.together(
                NAME.name(),
                () -> new Flock(
                        name.get(),
                        count.get(),
                        batches,
                        work.get(),
                        timing.load(),
                        timing.duration(),
                        timing.warmUp(),
                        kernels,
                        thresholds));
    }

    private Batches batches(int count) {
        Optional<Integer> size = values.get(BATCH_SIZE);
        Optional<Duration> wait = values.get(BATCH_WAIT);
        if (values.has(BATCH_WAIT.name()) && !values.has(BATCH_SIZE.name())) {
            values.note(BATCH_SIZE.name(), "is missing beside 'start_batch_wait'; give " + BATCH_SIZE.expected());
        }
        if (!values.has(BATCH_WAIT.name()) && size.filter(it -> it < count).isPresent()) {
            values.note(
                    BATCH_WAIT.name(), "is missing, and there is more than one batch; give " + BATCH_WAIT.expected());
        }
        return size.map(it -> new Batches(it, wait.orElse(Duration.ZERO))).orElse(Batches.one());
    }

    private KernelMix kernels() {
        List<KernelMix.Part> parts = values.parts(KERNELS, PART).stream()
                .flatMap(part -> kernel(part).stream())
                .toList();
        return parts.isEmpty() ? USUAL : new KernelMix(parts);
    }

    private static Optional<KernelMix.Part> kernel(Values part) {
        Optional<KernelRelease> kernel = part.require(KERNEL);
        String architecture = part.get(ARCHITECTURE).orElse(USUAL_ARCHITECTURE);
        int weight = part.get(WEIGHT).orElse(1);
        return kernel.flatMap(release -> part.together(
                ARCHITECTURE.name(), () -> new KernelMix.Part(new Platform(release, architecture), weight)));
    }
}
