package io.livepatch.fleet.division;

import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

final class FlockPartitions {
    private FlockPartitions() {}

    /** Up to six replicas, with every set of present ones. */
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

    static FlockPartition without(FlockPartition partition, int lost) {
        TreeSet<Integer> present = new TreeSet<>(partition.present());
        present.remove(lost);
        return new FlockPartition(partition.replicas(), present);
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
