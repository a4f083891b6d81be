package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.PortProbe;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.SystemUser;
import io.livepatch.charm.postgresql.PostgresqlPaths.PostgresInstallation;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The input of the {@link PostgresqlPlan}.
 *
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
        Optional<ServiceState> service,
        Optional<String> refused,
        Optional<String> obstacle,
        boolean hasOperatorPassword,
        List<DatabaseRequest> requests,
        List<Integer> orphans) {
    private static final Pattern LABEL = Pattern.compile("database\\.(\\d+)\\.user\\.secret");

    static ObservedState of(Unit unit, Instant now) {
        PostgresqlPaths paths = PostgresqlPaths.of(unit);
        PostgresqlConf settings = PostgresqlConf.of(unit, paths);
        Optional<ServiceState> service = unit.services().state(PostgresqlPaths.SERVICE);
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
                service,
                PostgresqlRules.METADATA.problem(unit.config()),
                settings.problem()
                        .or(() -> paths.user().flatMap(user -> new SystemUser(user).cannotEnter(paths.directory())))
                        .or(() -> taken(settings, service)),
                unit.secrets().find(Psql.OPERATOR_SECRET).isPresent(),
                DatabaseRequest.of(unit),
                orphans(unit));
    }

    /** Not probed while the unit's own server listens on the port. */
    private static Optional<String> taken(PostgresqlConf settings, Optional<ServiceState> service) {
        return service.isPresent() ? Optional.empty() : PortProbe.problem(settings.address(), settings.port());
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
