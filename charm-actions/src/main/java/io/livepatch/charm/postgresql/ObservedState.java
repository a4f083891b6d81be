package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PortProbe;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.ServiceLog;
import io.livepatch.charm.exec.SystemUser;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.exec.Trial.Verdict;
import io.livepatch.charm.postgresql.PostgresqlPaths.PostgresInstallation;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The input of the {@link PostgresqlPlan}.
 *
 * @param settings the target: the desired configuration, or while that is refused the last good one
 * @param lastGood whether the target is kept as the last good configuration
 * @param verdict about the configuration that is on trial
 * @param report what to tell about a desired configuration that is refused
 * @param refused why the server cannot run with the unit's options
 * @param obstacle why the server cannot run on this machine
 */
record ObservedState(
        Instant now,
        boolean leader,
        PostgresqlConf settings,
        Optional<PostgresInstallation> installation,
        boolean initialised,
        boolean ranBefore,
        boolean configurationWritten,
        boolean lastGood,
        Optional<ServiceState> service,
        Verdict verdict,
        Optional<Trial.Report> report,
        Optional<String> refused,
        Optional<String> obstacle,
        boolean hasOperatorPassword,
        List<DatabaseRequest> requests,
        List<Integer> orphans) {
    private static final Pattern LABEL = Pattern.compile("database\\.(\\d+)\\.user\\.secret");

    /** The server exits with 1 after a FATAL message. The time includes the stop of the server before. */
    private static final Trial.Rules RULES =
            new Trial.Rules(Set.of(1), PostgresqlExecutor.STOP_TIMEOUT.plus(Duration.ofMinutes(1)));

    /** A line of the server itself; those of sessions name user and database before the severity. */
    private static final Pattern CAUSE = Pattern.compile("\\S+ \\S+ \\S+ \\[\\d+] ((?:FATAL|PANIC): .*)");

    /** The exit code of pg_isready for a server that runs and does not accept connections yet. */
    private static final int STARTING_UP = 1;

    static ObservedState of(Unit unit, Instant now) {
        PostgresqlPaths paths = PostgresqlPaths.of(unit);
        PostgresqlConf desired = PostgresqlConf.desired(unit);
        Optional<ServiceState> service = unit.services().state(PostgresqlPaths.SERVICE);
        Optional<PostgresqlConf> lastGood = PostgresqlConf.lastGood(paths);
        Trial trial = Trial.continued(unit, Optional.of(desired.fingerprint()), service);
        Optional<String> taken = taken(desired, lastGood, service);
        Optional<Trial.Report> report = lastGood.filter(good -> !good.equals(desired))
                .flatMap(good -> trial.report(unit, desired.fingerprint())
                        .or(() -> taken.filter(_ -> !good.listensAs(desired))
                                .map(why -> trial.reportObstacle(unit, why))));
        PostgresqlConf settings = report.isPresent() ? lastGood.orElseThrow() : desired;
        return new ObservedState(
                now,
                unit.leader(),
                settings,
                PostgresInstallation.find(paths),
                Files.exists(paths.data().resolve("PG_VERSION")),
                paths.ranBefore(),
                PrivateFile.read(paths.configuration()).equals(Optional.of(settings.configuration()))
                        && PrivateFile.read(paths.access()).equals(Optional.of(settings.access()))
                        && PrivateFile.read(paths.identities()).equals(Optional.of(settings.identities())),
                lastGood.equals(Optional.of(settings)),
                service,
                lastGood.filter(good -> !good.equals(desired))
                        .flatMap(_ -> service)
                        .filter(it -> trial.tries(it.fingerprint())
                                && it.fingerprint().equals(desired.fingerprint()))
                        .map(it -> verdict(trial, it, desired, paths, now))
                        .orElseGet(Verdict.Pending::new),
                report,
                PostgresqlRules.METADATA.problem(unit.config()),
                settings.problem(paths)
                        .or(() -> paths.user().flatMap(user -> new SystemUser(user).cannotEnter(paths.directory())))
                        .or(() -> report.isPresent() ? Optional.empty() : taken),
                unit.secrets().find(Psql.OPERATOR_SECRET).isPresent(),
                DatabaseRequest.of(unit),
                orphans(unit));
    }

    private static Verdict verdict(
            Trial trial, ServiceState service, PostgresqlConf desired, PostgresqlPaths paths, Instant now) {
        Optional<String> cause = trial.attempt().flatMap(it -> ServiceLog.first(paths.log(), it.logFrom(), CAUSE));
        boolean works = service.serves() && service.proven() > 0;
        boolean recovering = service.phase() == ServiceState.Phase.STARTING && startsUp(paths, desired);
        return trial.judge(new Trial.Observation(service, works, recovering, cause, now), RULES);
    }

    /** As during the recovery after a crash, which may take long. */
    private static boolean startsUp(PostgresqlPaths paths, PostgresqlConf desired) {
        return PostgresInstallation.find(paths)
                .map(it -> ExternalProgram.of(
                                it.program("pg_isready"),
                                "--quiet",
                                "--timeout=2",
                                "--host=" + desired.address(),
                                "--port=" + desired.port())
                        .run()
                        .exit())
                .filter(exit -> exit == STARTING_UP)
                .isPresent();
    }

    /** Not probed where the unit's own server listens, or did before its present configuration. */
    private static Optional<String> taken(
            PostgresqlConf desired, Optional<PostgresqlConf> lastGood, Optional<ServiceState> service) {
        boolean own = service.filter(it -> it.fingerprint().equals(desired.fingerprint())
                        || lastGood.filter(good -> !good.listensAs(desired)).isEmpty())
                .isPresent();
        return own ? Optional.empty() : PortProbe.problem(desired.address(), desired.port());
    }

    /** Relations that were removed and whose users still exist. */
    private static List<Integer> orphans(Unit unit) {
        List<Integer> orphans = new ArrayList<>();
        for (String label : unit.secrets().labels()) {
            Matcher matcher = LABEL.matcher(label);
            if (matcher.matches()) {
                int relation = Integer.parseInt(matcher.group(1));
                if (unit.relations("database").stream().noneMatch(it -> it.id() == relation)) {
                    orphans.add(relation);
                }
            }
        }
        return orphans;
    }

    boolean ready() {
        return service.filter(ServiceState::serves).isPresent();
    }
}
