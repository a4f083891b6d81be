package io.livepatch.fleet.flock;

import io.livepatch.fleet.Platform;
import java.util.List;

/** Which monkeys run what, by weight. */
public record KernelMix(List<Part> parts) {

    /** So many of the sum of all weights. */
    public record Part(Platform platform, int weight) {
        public Part {
            if (weight < 1) {
                throw new IllegalArgumentException("weight '%d' is not 1 or more".formatted(weight));
            }
        }
    }

    public KernelMix {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a flock needs at least one kernel");
        }
    }

    /** Always the same for the same monkey. */
    public Platform of(int monkey) {
        int all = parts.stream().mapToInt(Part::weight).sum();
        // Scattered, so that the mix does not run in step with the replicas.
        int at = Math.floorMod(Integer.reverse(monkey) ^ monkey * 0x9E3779B9, all);
        for (Part part : parts) {
            at -= part.weight();
            if (at < 0) {
                return part.platform();
            }
        }
        throw new IllegalStateException("weights changed while they were read");
    }
}
