package io.livepatch.fleet.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.load.Rota.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RotaTest {
    private final Monkeys monkeys = new Monkeys(1000, 4);
    private final Rota rota = new Rota(monkeys, 500);

    private static int[] from(int first, int end) {
        return IntStream.range(first, end).toArray();
    }

    private void divide(int[] ours) {
        rota.divide(ours, Rota.circle(ours));
    }

    private List<Integer> take(int many) {
        return IntStream.range(0, many)
                .map(i -> ((Place.Begin) rota.place(i)).monkey())
                .boxed()
                .toList();
    }

    private List<Integer> takeAndEnd(int many) {
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            int monkey = take(1).getFirst();
            taken.add(monkey);
            assertThat(rota.ended(monkey)).isEmpty();
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
        assertThat(rota.passedOver()).isZero();
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
        assertThat(rota.passedOver()).isEqualTo(1);
        assertThat(rota.passedOver()).isZero();
    }

    @Test
    void aTurnWaitsForTheFirstThatIsFreeAndKeepsItsMoment() {
        divide(from(0, 2));
        List<Integer> both = take(2);

        assertThat(rota.place(77)).isInstanceOf(Place.Wait.class);
        assertThat(rota.place(78)).isInstanceOf(Place.Wait.class);
        assertThat(rota.oldest()).isEmpty();
        assertThat(rota.ended(both.getLast())).isEqualTo(OptionalLong.of(77));
        assertThat(rota.ended(both.getLast())).isEqualTo(OptionalLong.of(78));
        assertThat(rota.ended(both.getLast())).isEmpty();
        assertThat(rota.quiet()).isFalse();
        assertThat(rota.ended(both.getFirst())).isEmpty();
        assertThat(rota.quiet()).isTrue();
    }

    @Test
    void thereIsRoomForSoManyAndNoMore() {
        divide(from(0, 300));
        take(300);
        for (int i = 0; i < 200; i++) {
            assertThat(rota.place(i)).isInstanceOf(Place.Wait.class);
        }

        assertThat(rota.place(200)).isInstanceOf(Place.Full.class);
        assertThat(rota.giveUp()).hasSize(200);
        assertThat(rota.place(201)).isInstanceOf(Place.Wait.class);
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
        rota.place(5);

        divide(from(1, 3));

        assertThat(rota.ended(0)).isEmpty();
        assertThat(rota.oldest()).contains(new Place.Begin(2, 5));
        assertThat(rota.ended(2)).isEmpty();
        divide(from(0, 3));
        assertThat(take(2)).containsExactlyInAnyOrder(0, 2);
    }

    @Test
    void withoutMonkeysEverythingWaits() {
        assertThat(rota.place(1)).isInstanceOf(Place.Wait.class);
        assertThat(rota.oldest()).isEmpty();
    }
}
