package io.livepatch.fleet.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.load.MonkeyRing.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MonkeyRingTest {
    private final MonkeyStates monkeys = new MonkeyStates(1000, 4);
    private final MonkeyRing ring = new MonkeyRing(monkeys, 500);

    private static int[] from(int first, int end) {
        return IntStream.range(first, end).toArray();
    }

    private void divide(int[] ours) {
        ring.divide(ours, MonkeyRing.order(ours));
    }

    private List<Integer> take(int many) {
        return IntStream.range(0, many)
                .map(i -> ((Placement.Begin) ring.place(i)).monkey())
                .boxed()
                .toList();
    }

    private List<Integer> takeAndEnd(int many) {
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            int monkey = take(1).getFirst();
            taken.add(monkey);
            assertThat(ring.ended(monkey)).isEmpty();
        }
        return taken;
    }

    @Test
    void eachMonkeyRunsOncePerRound() {
        divide(from(0, 997));

        List<Integer> first = takeAndEnd(997);

        assertThat(first)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 997).boxed().toList());
        assertThat(takeAndEnd(997)).isEqualTo(first);
        assertThat(ring.passedOver()).isZero();
        // Scattered: a tenth of a round has monkeys of each tenth of the numbers.
        assertThat(first.subList(0, 100).stream().map(monkey -> monkey / 100).distinct())
                .hasSize(10);
    }

    @Test
    void busyMonkeyIsPassedOverAndCounted() {
        divide(from(0, 3));
        List<Integer> round = takeAndEnd(3);
        int busy = take(1).getFirst();

        assertThat(busy).isEqualTo(round.getFirst());
        assertThat(takeAndEnd(4)).containsExactly(round.get(1), round.get(2), round.get(1), round.get(2));
        assertThat(ring.passedOver()).isEqualTo(1);
        assertThat(ring.passedOver()).isZero();
    }

    @Test
    void iterationWaitsForTheFirstFreeMonkeyAndKeepsItsDueMoment() {
        divide(from(0, 2));
        List<Integer> both = take(2);

        assertThat(ring.place(77)).isInstanceOf(Placement.Wait.class);
        assertThat(ring.place(78)).isInstanceOf(Placement.Wait.class);
        assertThat(ring.oldest()).isEmpty();
        assertThat(ring.ended(both.getLast())).isEqualTo(OptionalLong.of(77));
        assertThat(ring.ended(both.getLast())).isEqualTo(OptionalLong.of(78));
        assertThat(ring.ended(both.getLast())).isEmpty();
        assertThat(ring.quiet()).isFalse();
        assertThat(ring.ended(both.getFirst())).isEmpty();
        assertThat(ring.quiet()).isTrue();
    }

    @Test
    void iterationsBeyondTheLimitAreRejected() {
        divide(from(0, 300));
        take(300);
        for (int i = 0; i < 200; i++) {
            assertThat(ring.place(i)).isInstanceOf(Placement.Wait.class);
        }

        assertThat(ring.place(200)).isInstanceOf(Placement.Full.class);
        assertThat(ring.giveUp()).hasSize(200);
        assertThat(ring.place(201)).isInstanceOf(Placement.Wait.class);
    }

    @Test
    void addedMonkeysDoNotChangeTheOrderOfTheOthers() {
        divide(from(0, 500));
        List<Integer> round = takeAndEnd(500);
        takeAndEnd(200);

        divide(from(0, 1000));

        List<Integer> known =
                takeAndEnd(1000).stream().filter(monkey -> monkey < 500).toList();
        assertThat(known.subList(0, 300)).isEqualTo(round.subList(200, 500));
        assertThat(known.subList(300, 500)).isEqualTo(round.subList(0, 200));
    }

    @Test
    void monkeyRemovedDuringItsIterationGetsNoOther() {
        divide(from(0, 2));
        take(2);
        ring.place(5);

        divide(from(1, 3));

        assertThat(ring.ended(0)).isEmpty();
        assertThat(ring.oldest()).contains(new Placement.Begin(2, 5));
        assertThat(ring.ended(2)).isEmpty();
        divide(from(0, 3));
        assertThat(take(2)).containsExactlyInAnyOrder(0, 2);
    }

    @Test
    void withoutMonkeysIterationsWait() {
        assertThat(ring.place(1)).isInstanceOf(Placement.Wait.class);
        assertThat(ring.oldest()).isEmpty();
    }
}
