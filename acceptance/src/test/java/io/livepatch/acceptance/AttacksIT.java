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
 * Clients without credentials attack the stack of {@code scripts/up} while clients from other addresses use it: no call of these may
 * fail. The system property {@code attacks.seconds} selects all attacks instead of one of each kind, each for that many seconds;
 * {@code attacks.only}, a regular expression, selects attacks by description.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AttacksIT {
    private static final Optional<Duration> LONG = Optional.ofNullable(System.getProperty("attacks.seconds"))
            .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    private static final Duration ATTACK_TIME = LONG.orElse(Duration.ofSeconds(6));
    private static final Duration RECOVERY = Duration.ofMinutes(2);
    private static final int ROUNDS = 3;

    private TestModel model;
    private RunningStack stack;

    @BeforeAll
    void up() throws Exception {
        model = TestModel.create();
        stack = RunningStack.up(model, model.scripts());
        if (LONG.isPresent()) {
            // All attacks together take longer than one hour, the default lifetime of a signed URL.
            configure("livepatch", "server.url-ttl=24h");
        }
    }

    @AfterAll
    void removeModel() throws Exception {
        model.close();
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
    void otherClientsAreServedDuring(Attack attack) throws Exception {
        try (RepeatedCalls machine = RepeatedCalls.of(stack.machine(200).allCalls());
                RepeatedCalls direct = RepeatedCalls.of(stack.machineAtUnit(204).allCalls());
                RepeatedCalls administrator = RepeatedCalls.of(administration())) {
            machine.awaitSuccessfulRounds(1, RECOVERY);
            direct.awaitSuccessfulRounds(1, RECOVERY);
            administrator.awaitSuccessfulRounds(1, RECOVERY);
        }
        long refused = stack.refused(attack.refusals());
        try (RepeatedCalls machine = RepeatedCalls.of(stack.machine(200).allCalls());
                RepeatedCalls direct = RepeatedCalls.of(stack.machineAtUnit(204).allCalls());
                RepeatedCalls administrator = RepeatedCalls.of(administration());
                RunningAttack runningAttack = RunningAttack.start(attack, stack)) {
            machine.awaitRounds(ROUNDS, ATTACK_TIME);
            direct.awaitRounds(ROUNDS, Duration.ZERO);
            administrator.awaitRounds(ROUNDS, Duration.ZERO);
            System.out.printf(
                    "%s%n  machine: %s%n  at the unit: %s%n  administrator: %s%n  %s%n",
                    attack, machine.summary(), direct.summary(), administrator.summary(), runningAttack.summary());

            assertThat(machine.failures())
                    .as("calls of a machine through haproxy")
                    .isEmpty();
            assertThat(direct.failures()).as("calls of a machine at the unit").isEmpty();
            assertThat(administrator.failures())
                    .as("calls of the administrator")
                    .isEmpty();
            assertThat(runningAttack.opened()).as("connections of the attack").isPositive();
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
                RunningAttack guessers = RunningAttack.start(Attacks.guesses(200, 1), stack)) {
            calls.awaitRounds(ROUNDS, ATTACK_TIME);

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
            try (RunningAttack load = RunningAttack.start(polls(1), stack);
                    RepeatedCalls calls = RepeatedCalls.of(stack.machine(200).allCalls())) {
                calls.awaitRounds(ROUNDS, Duration.ZERO);

                assertThat(load.statuses().keySet()).as(load.summary()).containsExactly(200);
                assertThat(stack.refused()).as("refusals, of a trusted address").isEqualTo(before);
            }
            try (RunningAttack load = RunningAttack.start(polls(2), stack);
                    RepeatedCalls calls = RepeatedCalls.of(stack.machine(200).allCalls())) {
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

    /** 200 connections from each source; each makes one request and stays open. */
    private static Attack polls(int sources) {
        return Attack.on(
                Attack.Target.HTTPS,
                "polls",
                200 * sources,
                sources,
                AttackBehavior.poll(
                        "/v1/api/kernels/supported?kernel-version=5.15&flavour=generic&architecture=amd64"));
    }

    private void configure(String application, String option) {
        stack.scripts().run("juju", "config", application, option).expectSuccess();
        stack.scripts().run("juju", "wait-for", "--timeout", "2m").expectSuccess();
    }

    private Map<String, RepeatedCalls.Call> administration() {
        return Map.of("list of tiers", stack.administrator()::listTiers);
    }
}
