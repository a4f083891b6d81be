package io.livepatch.server.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.health.Availability.Capability;
import io.livepatch.server.health.ReadinessCheck.Fault;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
    private static final Duration PERIOD = Duration.ofMillis(20);
    private static final Instant START = Instant.parse("2026-11-30T07:00:00Z");
    private static final Availability YES = new Availability.Possible();

    private final Map<String, Fault> faults = new ConcurrentHashMap<>();
    private final AtomicLong seconds = new AtomicLong();
    private final InstantSource clock = () -> START.plusSeconds(seconds.get());
    private final Readiness readiness = new Readiness(
            List.of(
                    check("database", Set.of(Capability.CHECK_INS)),
                    check("catalog", Capability.ALL),
                    check("store", Set.of())),
            clock,
            PERIOD);

    @AfterEach
    void close() {
        readiness.close();
    }

    private ReadinessCheck check(String name, Set<Capability> neededFor) {
        return new ReadinessCheck(name, neededFor, () -> Optional.ofNullable(faults.get(name)));
    }

    private void start() {
        readiness.start(check("listener", Capability.ALL));
    }

    private void awaitState(Readiness.State state) {
        await().until(() -> readiness.report().state() == state);
    }

    private Availability of(Capability capability) {
        return readiness.report().of(capability);
    }

    @Test
    void noCapabilityIsAvailableBeforeTheFirstRound() {
        assertThat(readiness.report().state()).isEqualTo(Readiness.State.STARTING);
        assertThat(of(Capability.DOWNLOADS)).isInstanceOf(Availability.Impossible.class);
        assertThat(readiness.report().any().possible()).isFalse();
    }

    @Test
    void faultDisablesOnlyTheCapabilitiesThatNeedThePart() {
        start();
        awaitState(Readiness.State.READY);
        assertThat(readiness.report().all()).isEqualTo(YES);

        seconds.set(10);
        faults.put("database", Fault.passing("connection refused"));
        awaitState(Readiness.State.DEGRADED);

        assertThat(of(Capability.DOWNLOADS)).isEqualTo(YES);
        assertThat(readiness.report().any()).isEqualTo(YES);
        assertThat(of(Capability.CHECK_INS))
                .isEqualTo(new Availability.Impossible(
                        Availability.Cause.FAULT, START.plusSeconds(10), "database: connection refused", false));
        assertThat(readiness.report().all()).isEqualTo(of(Capability.CHECK_INS));
    }

    @Test
    void sinceIsUnchangedIfTheReasonChanges() {
        start();
        awaitState(Readiness.State.READY);
        seconds.set(10);
        faults.put("database", Fault.passing("connection refused"));
        awaitState(Readiness.State.DEGRADED);

        seconds.set(20);
        faults.put("database", Fault.lasting("password authentication failed"));
        await().until(() -> of(Capability.CHECK_INS) instanceof Availability.Impossible no && no.lasting());
        assertThat(of(Capability.CHECK_INS))
                .isEqualTo(new Availability.Impossible(
                        Availability.Cause.FAULT,
                        START.plusSeconds(10),
                        "database: password authentication failed",
                        true));

        faults.clear();
        awaitState(Readiness.State.READY);
        seconds.set(30);
        faults.put("database", Fault.passing("gone again"));
        awaitState(Readiness.State.DEGRADED);
        assertThat(((Availability.Impossible) of(Capability.CHECK_INS)).since()).isEqualTo(START.plusSeconds(30));
    }

    @Test
    void faultOfAPartThatNoCapabilityNeedsMakesTheUnitDegraded() {
        faults.put("store", Fault.lasting("403 InvalidAccessKeyId"));
        start();
        awaitState(Readiness.State.DEGRADED);

        assertThat(of(Capability.CHECK_INS)).isEqualTo(YES);
        assertThat(of(Capability.DOWNLOADS)).isEqualTo(YES);
        assertThat(readiness.report().all())
                .isEqualTo(new Availability.Impossible(
                        Availability.Cause.FAULT, START, "store: 403 InvalidAccessKeyId", true));
    }

    @Test
    void opensWhenTheFirstCapabilityIsAvailable() {
        faults.put("catalog", Fault.passing("not read yet"));
        start();
        await().until(() -> readiness.report().parts().getFirst().fault().isEmpty());
        assertThat(readiness.report().state()).isEqualTo(Readiness.State.STARTING);
        assertThat(readiness.report().parts()).extracting(Readiness.Part::name).doesNotContain("listener");

        faults.put("database", Fault.passing("connection refused"));
        faults.remove("catalog");
        awaitState(Readiness.State.DEGRADED);
        assertThat(of(Capability.DOWNLOADS)).isEqualTo(YES);
    }

    @Test
    void failedOpeningIsRetried() {
        faults.put("listener", Fault.passing("the port is taken"));
        start();
        await().until(() -> readiness.report().parts().size() == 4);
        assertThat(readiness.report().state()).isEqualTo(Readiness.State.STARTING);

        faults.clear();
        awaitState(Readiness.State.READY);
    }

    @Test
    void errorInACheckIsAFaultAndStopsNeitherTheRoundNorTheTimer() {
        AtomicBoolean broken = new AtomicBoolean(true);
        ReadinessCheck erring = new ReadinessCheck("erring", Set.of(), () -> {
            if (broken.get()) {
                throw new NoClassDefFoundError("io/livepatch/Absent");
            }
            return Optional.empty();
        });
        try (Readiness errors = new Readiness(List.of(erring, check("database", Capability.ALL)), clock, PERIOD)) {
            errors.start(check("listener", Capability.ALL));
            await("the part after the one with the error is checked")
                    .until(() -> errors.report().state() == Readiness.State.DEGRADED);
            assertThat(errors.report().parts().getFirst().fault().orElseThrow().text())
                    .contains("NoClassDefFoundError", "io/livepatch/Absent");

            broken.set(false);
            await("the next rounds").until(() -> errors.report().state() == Readiness.State.READY);
        }
    }

    @Test
    void errorBetweenTheChecksDoesNotStopTheTimer() {
        AtomicInteger rounds = new AtomicInteger();
        ReadinessCheck erring = new ReadinessCheck(
                "erring",
                () -> {
                    if (rounds.incrementAndGet() == 1) {
                        throw new StackOverflowError();
                    }
                    return Set.of();
                },
                Optional::empty);
        try (Readiness errors = new Readiness(List.of(erring), clock, PERIOD)) {
            errors.start(check("listener", Capability.ALL));
            await("the next rounds").until(() -> errors.report().state() == Readiness.State.READY);
        }
    }

    @Test
    void isNotReadyWithoutAnyCapabilityAndDrainsAll() {
        start();
        awaitState(Readiness.State.READY);
        faults.put("catalog", Fault.passing("lost"));
        awaitState(Readiness.State.NOT_READY);

        readiness.drain();
        for (Capability capability : Capability.values()) {
            assertThat(of(capability))
                    .isInstanceOfSatisfying(
                            Availability.Impossible.class,
                            no -> assertThat(no.cause()).isEqualTo(Availability.Cause.DRAINING));
        }
        assertThat(readiness.report().any().possible()).isFalse();
    }
}
