package io.livepatch.fleet.flock;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.protocol.Platform;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A set of simulated machines ("monkeys", numbered from 0) and their workload. The same on all replicas; a
 * {@link io.livepatch.fleet.division.FlockPartition} assigns monkeys to replicas.
 *
 * @param name a word of lower-case letters, digits and hyphens, at most 63 characters, unique in a run
 * @param count of monkeys, 1 to 10,000,000
 * @param duration from the common start until no new iteration starts; without it a flock runs until it is stopped
 * @param warmUp iterations that are due before it has passed are not evaluated
 */
public record Flock(
        String name,
        int count,
        StartBatches batches,
        Workload work,
        Load load,
        Optional<Duration> duration,
        Duration warmUp,
        KernelMix kernels,
        List<Threshold> thresholds) {
    public static final int MAX_COUNT = 10_000_000;

    /** The pattern of a name. */
    public static final String NAME = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

    public Flock {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException(
                    "invalid name '%s', expected lower-case letters, digits and hyphens".formatted(name));
        }
        if (count < 1 || count > MAX_COUNT) {
            throw new IllegalArgumentException("count '%d' is not from 1 to %d".formatted(count, MAX_COUNT));
        }
        if (warmUp.isNegative()
                || duration.filter(it -> warmUp.compareTo(it) >= 0).isPresent()) {
            throw new IllegalArgumentException(
                    "a warm-up of '%s' leaves nothing to evaluate".formatted(GoDuration.print(warmUp)));
        }
        thresholds = List.copyOf(thresholds);
    }

    /** A flock without a warm-up. */
    public Flock(
            String name,
            int count,
            StartBatches batches,
            Workload work,
            Load load,
            Optional<Duration> duration,
            KernelMix kernels,
            List<Threshold> thresholds) {
        this(name, count, batches, work, load, duration, Duration.ZERO, kernels, thresholds);
    }

    /** A copy that runs until it is stopped. */
    public Flock endless() {
        return new Flock(name, count, batches, work, load, Optional.empty(), warmUp, kernels, thresholds);
    }

    /**
     * The batches in which a flock starts: batch {@code b} has the monkeys from {@code b * size}, and starts {@code b * pause} after the common
     * start.
     */
    public record StartBatches(int size, Duration pause) {
        public StartBatches {
            if (size < 1 || pause.isNegative()) {
                throw new IllegalArgumentException(
                        "a batch needs at least one monkey and no negative wait: '%d', '%s'".formatted(size, pause));
            }
        }

        /** One batch of all monkeys. */
        public static StartBatches one() {
            return new StartBatches(Integer.MAX_VALUE, Duration.ZERO);
        }

        /** The start of a monkey, after the common start. */
        public Duration begin(int monkey) {
            return pause.multipliedBy(monkey / size);
        }
    }

    /** The distribution of platforms over the monkeys. */
    public record KernelMix(List<Part> parts) {

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

        /** The platform of a monkey; always the same. */
        public Platform of(int monkey) {
            int all = parts.stream().mapToInt(Part::weight).sum();
            // Hashed, so that the mix does not correlate with the replica, which is the number modulo the replicas.
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
}
