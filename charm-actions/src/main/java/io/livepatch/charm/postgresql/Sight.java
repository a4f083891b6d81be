package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Command;
import io.livepatch.charm.exec.Listeners;
import io.livepatch.charm.exec.PrivateFile;
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
record Sight(
        boolean leader,
        Settings settings,
        Optional<Binaries> binaries,
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

    static Sight of(Unit unit) {
        Layout layout = Layout.of(unit);
        Settings settings = Settings.of(unit, layout);
        Optional<ServiceState> service = unit.services().state(Layout.SERVICE);
        return new Sight(
                unit.leader(),
                settings,
                Binaries.find(layout),
                Files.exists(layout.data().resolve("PG_VERSION")),
                layout.ranBefore(),
                PrivateFile.read(layout.configuration()).equals(Optional.of(settings.configuration()))
                        && PrivateFile.read(layout.access()).equals(Optional.of(settings.access()))
                        && PrivateFile.read(layout.identities()).equals(Optional.of(settings.identities())),
                service,
                PostgresqlRules.METADATA.problem(unit.config()),
                settings.problem().or(() -> unreachable(layout)).or(() -> taken(settings, service)),
                unit.secrets().find(Sql.OPERATOR_SECRET).isPresent(),
                DatabaseRequest.of(unit),
                orphans(unit));
    }

    /** Not asked while the unit's own server runs, which listens there. */
    private static Optional<String> taken(Settings settings, Optional<ServiceState> service) {
        return service.isPresent() ? Optional.empty() : Listeners.problem(settings.address(), settings.port());
    }

    private static Optional<String> unreachable(Layout layout) {
        if (layout.user().isEmpty()) {
            return Optional.empty();
        }
        Command.Output output = Command.of("test", "-x", layout.directory().toString())
                .as(layout.user())
                .withTimeout(Duration.ofSeconds(10))
                .run();
        return output.ok()
                ? Optional.empty()
                : Optional.of(
                        "user '" + layout.user().get() + "' cannot enter '" + layout.directory()
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
