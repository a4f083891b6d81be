package io.livepatch.charm.exec;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.common.file.FileTrees;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The trial of a new configuration. A program's check of its configuration does not find what only a start tells, such as a port that
 * is taken. So a configuration is on trial from the start of its service until a process with it does its work. If none does, the
 * configuration is refused: the charm goes back to the last good one, and does not try this one again until the operator changes it
 * or asks for it. Kept in the unit's directory, so that the next process of the charm goes on with a trial that was begun.
 *
 * @param goodOptions the digests of the options with which the unit was last active, by name
 * @param attempt the configuration on trial
 * @param refusal the configuration that was refused last
 */
public record Trial(Map<String, String> goodOptions, Optional<Attempt> attempt, Optional<Refusal> refusal) {
    /** After so many ends a process that is killed again and again does not come up. */
    static final int MAX_ENDS = 3;

    private static final Trial NONE = new Trial(Map.of(), Optional.empty(), Optional.empty());
    private static final JsonMapper JSON = new JsonMapper();

    public Trial {
        goodOptions = Map.copyOf(goodOptions);
    }

    /**
     * A start of the service with a new configuration.
     *
     * @param configuration its fingerprint
     * @param logFrom the size of the service's log at the start
     * @param ends how many processes have ended by themselves since
     * @param lastEnd when the last one ended
     */
    public record Attempt(String configuration, Instant since, long logFrom, int ends, Optional<Instant> lastEnd) {

        private Optional<ServiceState.End> end(ServiceState service) {
            return service.end().filter(end -> !end.started().isBefore(since));
        }

        private Attempt counted(ServiceState service) {
            return end(service)
                    .map(ServiceState.End::at)
                    .filter(at -> lastEnd.filter(last -> !at.isAfter(last)).isEmpty())
                    .map(at -> new Attempt(configuration, since, logFrom, ends + 1, Optional.of(at)))
                    .orElse(this);
        }
    }

    /** A refused configuration, by its fingerprint, and why it was refused. */
    public record Refusal(String configuration, String reason) {}

    /**
     * What makes a service's configuration refused.
     *
     * @param refusingCodes exit codes that mean that the program cannot run with it; any other end counts as a crash
     * @param limit the time from the start until the service works
     */
    public record Rules(Set<Integer> refusingCodes, Duration limit) {
        public Rules {
            refusingCodes = Set.copyOf(refusingCodes);
        }
    }

    /**
     * What is seen of a service whose configuration is on trial.
     *
     * @param works whether a process that was started with the configuration does its work
     * @param recovering whether a process makes progress towards that, such as a database after a crash; its time does not count
     * @param cause the line of the program's log that says why it ended, if there is one
     */
    public record Observation(
            ServiceState service, boolean works, boolean recovering, Optional<String> cause, Instant now) {}

    /** The decision about a configuration on trial. */
    public sealed interface Verdict {
        record Pending() implements Verdict {}

        record Good() implements Verdict {}

        record Refused(String reason) implements Verdict {}
    }

    /** As it was saved; without a configuration on trial or refused if there is no file, or a damaged one. */
    public static Trial of(Unit unit) {
        Optional<String> saved = PrivateFile.read(file(unit));
        try {
            return saved.map(text -> JSON.readValue(text, Trial.class)).orElse(NONE);
        } catch (JacksonException e) {
            unit.log("'" + file(unit) + "' is damaged; a refused configuration is tried again: " + e.getMessage());
            return NONE;
        }
    }

    /**
     * Continues the trial after a look at the service. Forgets what concerns another configuration than the desired one, and a refusal
     * if {@link #requestRetry} was called.
     *
     * @param desired its fingerprint; empty if it is not known now
     */
    public static Trial continued(Unit unit, Optional<String> desired, Optional<ServiceState> service) {
        Trial before = of(unit);
        boolean retry = retryRequested(unit);
        Trial after = new Trial(
                before.goodOptions,
                before.attempt
                        .filter(it -> isOrUnknown(desired, it.configuration()))
                        .map(it -> service.map(it::counted).orElse(it)),
                before.refusal.filter(it -> !retry && isOrUnknown(desired, it.configuration())));
        if (!after.equals(before)) {
            after.save(unit);
        }
        if (retry) {
            FileTrees.delete(marker(unit));
        }
        return after;
    }

    private static boolean isOrUnknown(Optional<String> desired, String configuration) {
        return desired.isEmpty() || desired.get().equals(configuration);
    }

    /** Has the next call of the charm try a refused configuration again. May be called beside the charm. */
    public static void requestRetry(Unit unit) {
        PrivateFile.write(marker(unit), "");
    }

    /** Whether {@link #requestRetry} was called and the charm has not seen it yet. */
    static boolean retryRequested(Unit unit) {
        return Files.exists(marker(unit));
    }

    /** Remembers the options of an active unit: a later refusal names those that have changed since. */
    public static void keepOptions(Unit unit) {
        Trial before = of(unit);
        Map<String, String> options = digests(unit.config());
        if (!options.equals(before.goodOptions)) {
            new Trial(options, before.attempt, before.refusal).save(unit);
        }
    }

    /** Whether the unit was last active with these options. */
    boolean wasActiveWith(CharmConfig config) {
        return digests(config).equals(goodOptions);
    }

    public void save(Unit unit) {
        PrivateFile.write(file(unit), JSON.writeValueAsString(this));
    }

    private static Path file(Unit unit) {
        return unit.directory().resolve("trial.json");
    }

    private static Path marker(Unit unit) {
        return unit.directory().resolve("trial.retry");
    }

    private static Map<String, String> digests(CharmConfig config) {
        Map<String, String> digests = new TreeMap<>();
        config.values().forEach((name, value) -> digests.put(name, Fingerprint.of(String.valueOf(value))));
        return digests;
    }

    /** Just before the service is started with this configuration. */
    public Trial begun(String configuration, Instant now, long logFrom) {
        Attempt begun = new Attempt(configuration, now, logFrom, 0, Optional.empty());
        return new Trial(goodOptions, Optional.of(begun), Optional.empty());
    }

    /** Just before the service is started with the last good configuration. */
    public Trial ended() {
        return new Trial(goodOptions, Optional.empty(), refusal);
    }

    /** After this configuration was refused. */
    public Trial refused(String configuration, String reason) {
        return new Trial(goodOptions, Optional.empty(), Optional.of(new Refusal(configuration, reason)));
    }

    /** Why this configuration was refused; empty unless it was. */
    public Optional<String> refusal(String configuration) {
        return refusal.filter(it -> it.configuration().equals(configuration)).map(Refusal::reason);
    }

    /** Whether this configuration is on trial. */
    public boolean tries(String configuration) {
        return attempt.filter(it -> it.configuration().equals(configuration)).isPresent();
    }

    /** The decision about the configuration on trial. Pure. */
    public Verdict judge(Observation seen, Rules rules) {
        if (seen.works()) {
            return new Verdict.Good();
        }
        return attempt.flatMap(it -> whyRefused(it, seen, rules))
                .<Verdict>map(Verdict.Refused::new)
                .orElseGet(Verdict.Pending::new);
    }

    private static Optional<String> whyRefused(Attempt attempt, Observation seen, Rules rules) {
        Optional<ServiceState.End> end = attempt.end(seen.service());
        boolean refusing =
                end.stream().flatMapToInt(it -> it.exitCode().stream()).anyMatch(rules.refusingCodes()::contains);
        if (refusing) {
            return seen.cause().or(() -> end.map(it -> "the process ended with " + it));
        }
        if (end.isPresent() && attempt.ends() >= MAX_ENDS) {
            return Optional.of("the process ended " + attempt.ends() + " times, the last time with " + end.get()
                    + seen.cause().map(line -> ": " + line).orElse(""));
        }
        return timedOut(attempt, seen, rules)
                ? Optional.of("not ready within " + rules.limit().toSeconds() + " s"
                        + seen.service().problem().map(text -> ": " + text).orElse(""))
                : Optional.empty();
    }

    /**
     * While processes of the previous configuration are not ready either, there is another reason, such as a database that is away.
     * A clock that was set back by more than the limit ends the time as well.
     */
    private static boolean timedOut(Attempt attempt, Observation seen, Rules rules) {
        boolean overdue = Duration.between(attempt.since(), seen.now()).abs().compareTo(rules.limit()) >= 0;
        boolean comparable = seen.service().serves() || seen.service().upToDate();
        return overdue && comparable && !seen.recovering();
    }

    /** What to tell the operator about a refused configuration; empty unless this one was refused. */
    public Optional<Report> report(Unit unit, String configuration) {
        return refusal(configuration)
                .map(reason -> report(
                        unit,
                        reason,
                        "change the options, or have them tried again: juju run " + unit.name() + " retry"));
    }

    /** What to tell the operator about a configuration that cannot run now for this reason, which is looked at again and again. */
    public Report reportObstacle(Unit unit, String reason) {
        return report(unit, reason, "tried again when that has changed");
    }

    private Report report(Unit unit, String reason, String remedy) {
        Set<String> changed = changedOptions(unit.config());
        return new Report(
                "configuration refused" + (changed.isEmpty() ? "" : " (" + String.join(", ", changed) + ")") + ": "
                        + reason,
                remedy);
    }

    /**
     * A refused configuration in the unit's status.
     *
     * @param what the options that have changed, and the reason
     * @param remedy what the operator can do
     */
    public record Report(String what, String remedy) {
        /** Blocked, without a last good configuration. */
        public UnitStatus status() {
            return UnitStatus.blocked(what + "; " + remedy);
        }

        /**
         * Blocked.
         *
         * @param problem why the last good configuration does not run either; empty if it does, or starts
         */
        public UnitStatus status(Optional<String> problem) {
            return UnitStatus.blocked(what + "; "
                    + problem.map(text -> "the last good one does not run either: " + text)
                            .orElse("running with the last good one")
                    + "; " + remedy);
        }
    }

    /** The options that have changed since the unit was last active, in the order of their names; empty if it never was. */
    private Set<String> changedOptions(CharmConfig config) {
        Map<String, String> now = digests(config);
        Set<String> names = new TreeSet<>(now.keySet());
        names.addAll(goodOptions.keySet());
        names.removeIf(
                name -> goodOptions.isEmpty() || now.getOrDefault(name, "").equals(goodOptions.getOrDefault(name, "")));
        return names;
    }
}
