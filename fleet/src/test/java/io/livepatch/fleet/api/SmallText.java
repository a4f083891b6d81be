package io.livepatch.fleet.api;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.KernelMix;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.protocol.Platform;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import io.livepatch.fleet.replica.FlockCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** As much of a flock as these tests have use for. */
final class SmallText implements FlockCodec {
    private static final Workload.Pace BRISK = new Workload.Pace(Duration.ofMillis(20), Duration.ofMillis(20), true);
    private static final YAMLMapper MAPPER = YAMLMapper.builder().build();

    @Override
    public Flock read(String text) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw new Invalid(List.of("not YAML: " + e.getOriginalMessage()));
        }
        List<String> problems = new ArrayList<>();
        if (!tree.path("name").isString()) {
            problems.add("name: is missing");
        }
        if (tree.path("count").asInt(0) < 1) {
            problems.add("count: is not 1 or more");
        }
        if (!problems.isEmpty()) {
            throw new Invalid(problems);
        }
        return flock(
                tree.path("name").asString(),
                tree.path("count").asInt(),
                tree.path("start_batch_size").asInt(Integer.MAX_VALUE),
                tree.path("seconds").isMissingNode()
                        ? Optional.empty()
                        : Optional.of(Duration.ofSeconds(tree.path("seconds").asInt())));
    }

    static Flock flock(String name, int count, int size, Optional<Duration> duration) {
        return new Flock(
                name,
                count,
                new StartBatches(size, Duration.ofHours(1)),
                new Workload.EmptyLoop(BRISK),
                new Load.Closed(),
                duration,
                new KernelMix(List.of(
                        new KernelMix.Part(new Platform(new KernelRelease("5.15.0-107.117-generic"), "amd64"), 1))),
                List.of());
    }

    @Override
    public Map<String, Object> write(Flock flock) {
        Map<String, Object> written = new TreeMap<>(Map.of(
                "name", flock.name(),
                "count", flock.count(),
                "start_batch_size", flock.batches().size()));
        flock.duration().ifPresent(duration -> written.put("seconds", duration.toSeconds()));
        return written;
    }
}
