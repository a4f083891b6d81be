package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PortProbe;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.postgresql.PostgresqlPaths.PostgresInstallation;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All that the plan is made from, looked up once a round.
 *
 * @param refused why the server cannot run with the unit's options
 * @param obstacle why it cannot run here
 */
record ObservedState(
        boolean leader,
        PostgresqlConf settings,
        Optional<PostgresInstallation> binaries,
        boolean initialised,
        boolean ranBefore,
        boolean configurationWritten,
        Optional<ServiceState> service,
        Optional<String> refused,
        Optional<String> obstacle,
        boolean operatorKnown,
        List<DatabaseRequest> requests,
        List<Integer> orphans) {
    private static final Pattern LABEL = Pattern.compile("database\\.(\\d+)\\.user\\.secret");

    static ObservedState of(Unit unit) {
        PostgresqlPaths unitPaths = PostgresqlPaths.of(unit);
        PostgresqlConf settings = PostgresqlConf.of(unit, unitPaths);
        Optional<ServiceState> service = unit.services().state(PostgresqlPaths.SERVICE);
        return new ObservedState(
                unit.leader(),
                settings,
                PostgresInstallation.find(unitPaths),
                Files.exists(unitPaths.data().resolve("PG_VERSION")),
                unitPaths.ranBefore(),
                PrivateFile.read(unitPaths.configuration()).equals(Optional.of(settings.configuration()))
                        && PrivateFile.read(unitPaths.access()).equals(Optional.of(settings.access()))
                        && PrivateFile.read(unitPaths.identities()).equals(Optional.of(settings.identities())),
                service,
                PostgresqlRules.METADATA.problem(unit.config()),
                settings.problem().or(() -> unreachable(unitPaths)).or(() -> taken(settings, service)),
                unit.secrets().find(Psql.OPERATOR_SECRET).isPresent(),
                DatabaseRequest.of(unit),
                orphans(unit));
    }

    /** Not asked while the unit's own server runs, which listens there. */
    private static Optional<String> taken(PostgresqlConf settings, Optional<ServiceState> service) {
        return service.isPresent() ? Optional.empty() : PortProbe.problem(settings.address(), settings.port());
    }

    private static Optional<String> unreachable(PostgresqlPaths unitPaths) {
        if (unitPaths.user().isEmpty()) {
            return Optional.empty();
        }
        ExternalProgram.Output output = ExternalProgram.of(
                        "test", "-x", unitPaths.directory().toString())
                .as(unitPaths.user())
                .withTimeout(Duration.ofSeconds(10))
                .run();
        return output.ok()
                ? Optional.empty()
                : Optional.of(
                        "user '" + unitPaths.user().get() + "' cannot enter '" + unitPaths.directory()
                                + "'; set LIVEPATCH_HOME to a directory below ones that all users can pass, such as /var/lib/livepatch");
    }

    /** Users whose relation is gone. */
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
