package io.livepatch.fleet.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.flock.Batches;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.KernelMix;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Stage;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Work;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A flock in the keys of its YAML, to be shown and sent. */
public final class FlockFormat {
    private FlockFormat() {}

    /**
     * Reads YAML, and so JSON.
     *
     * @throws ConfigException with everything that is wrong with it
     */
    public static Flock read(String text) {
        return FleetFile.flock(text);
    }

    /** Texts, numbers, lists and maps, which as YAML or JSON are what {@link #read} reads as the same flock. */
    public static Map<String, Object> write(Flock flock) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(FlockSection.NAME.name(), flock.name());
        tree.put(FlockSection.COUNT.name(), flock.count());
        if (!flock.batches().equals(Batches.one())) {
            tree.put(FlockSection.BATCH_SIZE.name(), flock.batches().size());
            tree.put(
                    FlockSection.BATCH_WAIT.name(),
                    GoDuration.print(flock.batches().pause()));
        }
        tree.put(WorkSection.BUSINESS, business(flock.work()));
        load(flock.load(), tree);
        tree.put(
                LoadSection.DURATION.name(),
                flock.duration().map(GoDuration::print).orElse(LoadSection.FOREVER));
        if (flock.warmUp().isPositive()) {
            tree.put(LoadSection.WARM_UP.name(), GoDuration.print(flock.warmUp()));
        }
        tree.put(
                FlockSection.KERNELS,
                flock.kernels().parts().stream().map(FlockFormat::kernel).toList());
        tree.put(
                FlockSection.THRESHOLDS,
                flock.thresholds().stream().map(Threshold::text).toList());
        return tree;
    }

    private static Map<String, Object> business(Work work) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put(WorkSection.IDLE.name(), GoDuration.print(work.pace().idle()));
        options.put(WorkSection.ERROR_IDLE.name(), GoDuration.print(work.pace().errorIdle()));
        switch (work) {
            case Work.CheckIn it -> options.put(WorkSection.FETCHING.name(), it.fetching());
            case Work.ThunderingHerd it -> options.put(WorkSection.OUTAGE.name(), GoDuration.print(it.outage()));
            case Work.SlowReader it -> options.put(WorkSection.BYTES_PER_SECOND.name(), it.bytesPerSecond());
            case Work.Fetch _, Work.EnrollChurn _, Work.Misbehaving _, Work.EmptyLoop _ -> {}
        }
        Map<String, Object> business = new LinkedHashMap<>();
        business.put(WorkSection.TYPE.name(), work.type());
        business.put(WorkSection.RESTART.name(), work.pace().restart());
        business.put(WorkSection.OPTIONS, options);
        return business;
    }

    private static void load(Load load, Map<String, Object> tree) {
        switch (load) {
            case Load.Closed _ -> tree.put(LoadSection.MODEL.name(), "closed");
            case Load.Open open -> {
                tree.put(LoadSection.MODEL.name(), "open");
                tree.put(LoadSection.ARRIVALS.name(), open.arrivals().name().toLowerCase(Locale.ROOT));
                List<Map<String, Object>> stages =
                        open.stages().stream().map(FlockFormat::stage).toList();
                tree.put(LoadSection.STAGES, stages);
            }
        }
    }

    private static Map<String, Object> stage(Stage stage) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(LoadSection.FOR.name(), GoDuration.print(stage.length()));
        if (stage.from().equals(stage.to())) {
            tree.put(LoadSection.RATE.name(), Rates.number(stage.to()));
        } else {
            tree.put(LoadSection.FROM.name(), Rates.number(stage.from()));
            tree.put(LoadSection.TO.name(), Rates.number(stage.to()));
        }
        return tree;
    }

    private static Map<String, Object> kernel(KernelMix.Part part) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(FlockSection.KERNEL.name(), part.platform().kernel().text());
        tree.put(FlockSection.ARCHITECTURE.name(), part.platform().architecture());
        tree.put(FlockSection.WEIGHT.name(), part.weight());
        return tree;
    }
}
