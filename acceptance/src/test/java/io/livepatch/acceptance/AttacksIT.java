package io.livepatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients without credentials attack the stack that {@code scripts/up} makes, while honest ones from other addresses use it: not one
 * call of these may fail. The system property {@code attacks.seconds} asks for all attacks instead of one of each kind, each kept up
 * for so long; {@code attacks.only}, a regular expression, for those in whose description it is found.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AttacksIT {
    private static final Optional<Duration> LONG = Optional.ofNullable(System.getProperty("attacks.seconds"))
            .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    private static final Duration KEPT_UP = LONG.orElse(Duration.ofSeconds(6));
    private static final Duration RECOVERY = Duration.ofMinutes(2);
    private static final int ROUNDS = 3;

    private Place place;
    private RunningStack stack;

    @BeforeAll
    void up() throws Exception {
        place = Place.fresh();
        stack = RunningStack.up(place, place.scripts());
        if (LONG.isPresent()) {
            // All attacks together take longer than the hour for which a signed URL is good by default.
            configure("livepatch", "server.url-ttl=24h");
        }
    }

    @AfterAll
    void leaveNothing() throws Exception {
        place.close();
    }

    List<Attack> attacks() throws Exception {
        Attacks attacks = new Attacks(
                stack.signedPath(RunningStack.LARGE_KERNEL), stack.signedPath(RunningStack.SMALL_KERNEL), stack.tls());
        Predicate<String> only =
                Pattern.compile(System.getProperty("attacks.only", "")).asPredicate();
        return (LONG.isPresent() ? attacks.all() : attacks.oneOfEachKind())
                .stream().filter(attack -> only.test(attack.toString())).toList();
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void othersAreServedDuring(Attack attack) throws Exception {
        try (RepeatedCalls machine = RepeatedCalls.of(stack.machine(200).everything());
                RepeatedCalls direct = RepeatedCalls.of(stack.machineAtUnit(204).everything());
                RepeatedCalls administrator = RepeatedCalls.of(administration())) {
            machine.awaitServed(1, RECOVERY);
            direct.awaitServed(1, RECOVERY);
            administrator.awaitServed(1, RECOVERY);
        }
        long refused = stack.refused(attack.refusals());
        try (RepeatedCalls machine = RepeatedCalls.of(stack.machine(200).everything());
                RepeatedCalls direct = RepeatedCalls.of(stack.machineAtUnit(204).everything());
                RepeatedCalls administrator = RepeatedCalls.of(administration());
                Attackers attackers = Attackers.start(attack, stack)) {
            machine.awaitRounds(ROUNDS, KEPT_UP);
            direct.awaitRounds(ROUNDS, Duration.ZERO);
            administrator.awaitRounds(ROUNDS, Duration.ZERO);
            System.out.printf(
                    "%s%n  machine: %s%n  at the unit: %s%n  administrator: %s%n  %s%n",
                    attack, machine.summary(), direct.summary(), administrator.summary(), attackers.summary());

            assertThat(machine.failures())
                    .as("calls of a machine through haproxy")
                    .isEmpty();
            assertThat(direct.failures()).as("calls of a machine at the unit").isEmpty();
            assertThat(administrator.failures())
                    .as("calls of the administrator")
                    .isEmpty();
            assertThat(attackers.opened()).as("connections of the attackers").isPositive();
        }
        if (!attack.refusals().isEmpty()) {
            assertThat(stack.refused(attack.refusals()))
                    .as("refusals by %s, of %s", attack.refusals(), stack.refused())
                    .isGreaterThan(refused);
        }
    }

    @Test
    void passwordGuessesAreSlowedDownAndTheAdministratorCanLogIn() throws Exception {
        Map<String, RepeatedCalls.Call> logIn = new LinkedHashMap<>();
        logIn.put("log-in", stack.administrator()::logIn);
        logIn.putAll(administration());

        try (RepeatedCalls calls = RepeatedCalls.of(logIn);
                Attackers guessers = Attackers.start(Attacks.guesses(200, 1), stack)) {
            calls.awaitRounds(ROUNDS, KEPT_UP);

            assertThat(calls.failures()).isEmpty();
            assertThat(guessers.statuses().keySet())
                    .as(guessers.summary())
                    .isSubsetOf(401, 429)
                    .contains(429);
        }
    }

    @Test
    void limitsAreLiftedForTrustedAddressesOnly() throws Exception {
        String trusted = stack.attacker(0);
        configure("haproxy", "trusted-cidrs=" + trusted + "/32");
        try {
            Map<String, Long> before = stack.refused();
            try (Attackers load = Attackers.start(polls(1), stack);
                    RepeatedCalls calls = RepeatedCalls.of(stack.machine(200).everything())) {
                calls.awaitRounds(ROUNDS, Duration.ZERO);

                assertThat(load.statuses().keySet()).as(load.summary()).containsExactly(200);
                assertThat(stack.refused()).as("refusals, of a trusted address").isEqualTo(before);
            }
            try (Attackers load = Attackers.start(polls(2), stack);
                    RepeatedCalls calls = RepeatedCalls.of(stack.machine(200).everything())) {
                calls.awaitRounds(ROUNDS, Duration.ZERO);

                assertThat(load.opened()).isPositive();
            }
            assertThat(stack.refused().getOrDefault("source-connections", 0L))
                    .as("refusals, where every second connection comes from another address")
                    .isGreaterThan(before.getOrDefault("source-connections", 0L));
        } finally {
            configure("haproxy", "trusted-cidrs=");
        }
    }

    /** 200 connections from each source, on each of which one request is answered, and which then stay open. */
    private static Attack polls(int sources) {
        return Attack.on(
                Attack.Target.HTTPS,
                "polls",
                200 * sources,
                sources,
                Conduct.poll("/v1/api/kernels/supported?kernel-version=5.15&flavour=generic&architecture=amd64"));
    }

    private void configure(String application, String option) {
        stack.scripts().run("juju", "config", application, option).expectSuccess();
        stack.scripts().run("juju", "wait-for", "--timeout", "2m").expectSuccess();
    }

    private Map<String, RepeatedCalls.Call> administration() {
        return Map.of("list of tiers", stack.administrator()::listTiers);
    }
}
