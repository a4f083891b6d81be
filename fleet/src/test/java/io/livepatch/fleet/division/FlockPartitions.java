package io.livepatch.fleet.division;

import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Partitions for tests. */
final class FlockPartitions {
    private FlockPartitions() {}

    /** Every one of so few replicas, with every set of present ones. */
    static Stream<FlockPartition> small() {
        return IntStream.rangeClosed(1, 6)
                .boxed()
                .flatMap(replicas -> IntStream.range(1, 1 << replicas).mapToObj(bits -> present(replicas, bits)));
    }

    static FlockPartition random(Random random) {
        int replicas = 1 + random.nextInt(30);
        int bits = random.nextInt();
        return present(replicas, bits | 1 << random.nextInt(replicas));
    }

    static FlockPartition without(FlockPartition flockPartition, int lost) {
        TreeSet<Integer> present = new TreeSet<>(flockPartition.present());
        present.remove(lost);
        return new FlockPartition(flockPartition.replicas(), present);
    }

    private static FlockPartition present(int replicas, int bits) {
        return new FlockPartition(
                replicas,
                new TreeSet<>(IntStream.range(0, replicas)
                        .filter(index -> (bits >> index & 1) == 1)
                        .boxed()
                        .toList()));
    }
}
