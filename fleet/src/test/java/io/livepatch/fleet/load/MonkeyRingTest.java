package io.livepatch.fleet.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.load.MonkeyRing.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MonkeyRingTest {
    private final Monkeys monkeys = new Monkeys(1000, 4);
    private final MonkeyRing monkeyRing = new MonkeyRing(monkeys, 500);

    private static int[] from(int first, int end) {
        return IntStream.range(first, end).toArray();
    }

    private void divide(int[] ours) {
        monkeyRing.divide(ours, MonkeyRing.circle(ours));
    }

    private List<Integer> take(int many) {
        return IntStream.range(0, many)
                .map(i -> ((Place.Begin) monkeyRing.place(i)).monkey())
                .boxed()
                .toList();
    }

    private List<Integer> takeAndEnd(int many) {
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            int monkey = take(1).getFirst();
            taken.add(monkey);
            assertThat(monkeyRing.ended(monkey)).isEmpty();
        }
        return taken;
    }

    @Test
    void everybodyHasATurnBeforeAnybodyHasTheNext() {
        divide(from(0, 997));

        List<Integer> first = takeAndEnd(997);

        assertThat(first)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 997).boxed().toList());
        assertThat(takeAndEnd(997)).isEqualTo(first);
        assertThat(monkeyRing.passedOver()).isZero();
        // Scattered: in any tenth of a round there are monkeys of each tenth of the numbers.
        assertThat(first.subList(0, 100).stream().map(monkey -> monkey / 100).distinct())
                .hasSize(10);
    }

    @Test
    void oneThatIsBusyIsPassedOverAndCounted() {
        divide(from(0, 3));
        List<Integer> round = takeAndEnd(3);
        int busy = take(1).getFirst();

        assertThat(busy).isEqualTo(round.getFirst());
        assertThat(takeAndEnd(4)).containsExactly(round.get(1), round.get(2), round.get(1), round.get(2));
        assertThat(monkeyRing.passedOver()).isEqualTo(1);
        assertThat(monkeyRing.passedOver()).isZero();
    }

    @Test
    void aTurnWaitsForTheFirstThatIsFreeAndKeepsItsMoment() {
        divide(from(0, 2));
        List<Integer> both = take(2);

        assertThat(monkeyRing.place(77)).isInstanceOf(Place.Wait.class);
        assertThat(monkeyRing.place(78)).isInstanceOf(Place.Wait.class);
        assertThat(monkeyRing.oldest()).isEmpty();
        assertThat(monkeyRing.ended(both.getLast())).isEqualTo(OptionalLong.of(77));
        assertThat(monkeyRing.ended(both.getLast())).isEqualTo(OptionalLong.of(78));
        assertThat(monkeyRing.ended(both.getLast())).isEmpty();
        assertThat(monkeyRing.quiet()).isFalse();
        assertThat(monkeyRing.ended(both.getFirst())).isEmpty();
        assertThat(monkeyRing.quiet()).isTrue();
    }

    @Test
    void thereIsRoomForSoManyAndNoMore() {
        divide(from(0, 300));
        take(300);
        for (int i = 0; i < 200; i++) {
            assertThat(monkeyRing.place(i)).isInstanceOf(Place.Wait.class);
        }

        assertThat(monkeyRing.place(200)).isInstanceOf(Place.Full.class);
        assertThat(monkeyRing.giveUp()).hasSize(200);
        assertThat(monkeyRing.place(201)).isInstanceOf(Place.Wait.class);
    }

    @Test
    void newcomersDoNotChangeWhenTheOthersAreNext() {
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
    void oneThatLeavesInATurnGoesOnWithNothing() {
        divide(from(0, 2));
        take(2);
        monkeyRing.place(5);

        divide(from(1, 3));

        assertThat(monkeyRing.ended(0)).isEmpty();
        assertThat(monkeyRing.oldest()).contains(new Place.Begin(2, 5));
        assertThat(monkeyRing.ended(2)).isEmpty();
        divide(from(0, 3));
        assertThat(take(2)).containsExactlyInAnyOrder(0, 2);
    }

    @Test
    void withoutMonkeysEverythingWaits() {
        assertThat(monkeyRing.place(1)).isInstanceOf(Place.Wait.class);
        assertThat(monkeyRing.oldest()).isEmpty();
    }
}
