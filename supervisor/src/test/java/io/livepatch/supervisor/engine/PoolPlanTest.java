package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.PoolView.ReplacementRequest;
import io.livepatch.supervisor.engine.PoolView.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The rules of {@link PoolPlan} one by one; {@link SimulationTest} combines them. */
class PoolPlanTest {

    private static final Instant NOW = Instant.EPOCH.plusSeconds(1_000);
    private static final PoolSpec START_FIRST =
            PoolSpec.of("pool", List.of("server")).replicas(2).build();
    private static final PoolSpec STOP_FIRST =
            START_FIRST.but().recycling(ReplacementPolicy.IN_PLACE).build();

    private final List<PoolView.SlotView> slots = new ArrayList<>();

    private PoolPlanTest sits(Role role, WorkerState state) {
        return sits(role, state, Optional.empty());
    }

    private PoolPlanTest sits(Role role, WorkerState state, Optional<ReplacementRequest> request) {
        slots.add(new PoolView.SlotView(slots.size(), role, state, state == WorkerState.STOPPED, false, request));
        return this;
    }

    private PoolPlanTest member() {
        return sits(Role.Member.SETTLED, WorkerState.READY);
    }

    private PoolPlanTest member(ReplacementReason due, int since) {
        return sits(
                Role.Member.SETTLED,
                WorkerState.READY,
                Optional.of(ReplacementRequest.of(due, Instant.EPOCH.plusSeconds(since))));
    }

    private PoolPlanTest empty() {
        return sits(new Role.Empty(), WorkerState.STOPPED);
    }

    private Optional<PoolPlan.Action> next(PoolSpec spec) {
        return PoolPlan.next(new PoolView(spec, false, false, NOW, NOW, slots));
    }

    private static Role replacement(int of, Duration ago) {
        return new Role.Replacement(of, ReplacementReason.LIFESPAN, NOW.minus(ago));
    }

    @Test
    void theLongestWaitingIsReplacedFirstButUnhealthyWorkersBeforeOthers() {
        member(ReplacementReason.LIFESPAN, 1)
                .member(ReplacementReason.MEMORY, 2)
                .empty();
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Replace(0, 2, ReplacementReason.LIFESPAN));
        slots.clear();
        member(ReplacementReason.LIFESPAN, 1)
                .member(ReplacementReason.HEALTH, 2)
                .empty();
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Replace(1, 2, ReplacementReason.HEALTH));
    }

    @Test
    void noWorkerIsReplacedWhileAnotherIsLeaving() {
        member().member(ReplacementReason.LIFESPAN, 1);
        sits(new Role.Leaving(true, ReplacementReason.MEMORY, NOW), WorkerState.STOPPING);
        empty();
        assertThat(next(START_FIRST.but().replicas(2).build())).isEmpty();
    }

    @Test
    void aReplacementThatIsNotReadyInTimeIsAbandoned() {
        member(ReplacementReason.LIFESPAN, 1).member();
        sits(replacement(0, Duration.ofMinutes(4)), WorkerState.RUNNING);
        assertThat(next(START_FIRST)).isEmpty();
        slots.removeLast();
        sits(replacement(0, Duration.ofMinutes(5)), WorkerState.RUNNING);
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Abandon(0, 2));
    }

    @Test
    void aReplacementThatIsMarkedForReplacementBeforeItIsReadyIsAbandoned() {
        member(ReplacementReason.LIFESPAN, 1).member();
        sits(
                replacement(0, Duration.ofSeconds(1)),
                WorkerState.RUNNING,
                Optional.of(ReplacementRequest.of(ReplacementReason.HEALTH, NOW)));
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Abandon(0, 2));
    }

    @Test
    void aReplacementOfACrashedWorkerTakesOverAtOnce() {
        sits(Role.Member.SETTLED, WorkerState.BACKING_OFF).member();
        sits(replacement(0, Duration.ofSeconds(1)), WorkerState.STARTING);
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Swap(0, 2, ReplacementReason.LIFESPAN));
    }

    @Test
    void inPlaceOnlyAWorkerThatIsNotReadyIsReplacedWhileAnotherIsMissing() {
        sits(Role.Member.SETTLED, WorkerState.BACKING_OFF).member(ReplacementReason.LIFESPAN, 1);
        assertThat(next(STOP_FIRST)).isEmpty();
        slots.clear();
        sits(Role.Member.SETTLED, WorkerState.BACKING_OFF);
        sits(
                Role.Member.SETTLED,
                WorkerState.RUNNING,
                Optional.of(ReplacementRequest.of(ReplacementReason.HEALTH, Instant.EPOCH)));
        assertThat(next(STOP_FIRST)).contains(new PoolPlan.Action.RestartInPlace(1, ReplacementReason.HEALTH));
    }

    @Test
    void aWorkerThatHangsAgainAfterItsReplacementInPlaceIsReplacedOnceMore() {
        sits(
                new Role.Member(Optional.of(NOW.minusSeconds(9))),
                WorkerState.RUNNING,
                Optional.of(ReplacementRequest.of(ReplacementReason.HEALTH, NOW)));
        member();
        assertThat(next(STOP_FIRST)).contains(new PoolPlan.Action.RestartInPlace(0, ReplacementReason.HEALTH));
    }

    private PoolPlanTest hangs(Role role) {
        slots.add(new PoolView.SlotView(slots.size(), role, WorkerState.RUNNING, false, true, Optional.empty()));
        return this;
    }

    @Test
    void aWorkerThatHangsIsKilledInAnyRole() {
        member().hangs(Role.Member.SETTLED);
        sits(new Role.Leaving(true, ReplacementReason.MEMORY, NOW), WorkerState.STOPPING);
        assertThat(next(START_FIRST)).as("beside a sibling").contains(new PoolPlan.Action.KillHung(1));
        slots.clear();
        hangs(Role.Member.SETTLED);
        assertThat(next(STOP_FIRST)).as("alone").contains(new PoolPlan.Action.KillHung(0));
        slots.clear();
        member(ReplacementReason.LIFESPAN, 1).member().hangs(replacement(0, Duration.ofSeconds(1)));
        assertThat(next(START_FIRST)).as("a replacement").contains(new PoolPlan.Action.KillHung(2));
    }

    @Test
    void aPausedPoolKeepsAWorkerThatHangs() {
        member().hangs(Role.Member.SETTLED);
        assertThat(PoolPlan.next(new PoolView(START_FIRST, true, false, NOW, NOW, slots)))
                .isEmpty();
    }

    @Test
    void surplusWorkersWithoutAProcessAreRetiredFirst() {
        member();
        sits(Role.Member.SETTLED, WorkerState.FAILED);
        member().member();
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Retire(1));
        slots.set(1, new PoolView.SlotView(1, Role.Member.SETTLED, WorkerState.READY, false, false, Optional.empty()));
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Retire(3));
    }

    @Test
    void startsAreSpacedAndAFullPoolWaitsForAFreeSlot() {
        member().empty().empty();
        Instant later = NOW.plusSeconds(3);
        PoolView waits = new PoolView(START_FIRST, false, false, NOW, later, slots);
        assertThat(PoolPlan.next(waits)).isEmpty();
        assertThat(PoolPlan.nextPlanTime(waits)).contains(later);
        assertThat(next(START_FIRST)).contains(new PoolPlan.Action.Fill(1));
    }

    @Test
    void aPausedPoolReplacesNoWorkerButRestartsCrashedOnes() {
        member(ReplacementReason.LIFESPAN, 1).member().empty();
        assertThat(PoolPlan.next(new PoolView(START_FIRST, true, false, NOW, NOW, slots)))
                .isEmpty();
        slots.set(1, new PoolView.SlotView(1, new Role.Empty(), WorkerState.STOPPED, true, false, Optional.empty()));
        assertThat(PoolPlan.next(new PoolView(START_FIRST, true, false, NOW, NOW, slots)))
                .contains(new PoolPlan.Action.Fill(1));
    }
}
