package io.livepatch.charm.juju;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.common.file.FileTrees;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The program behind a charm's {@code dispatch}: runs one hook or action of Juju. Every known hook calls the charm once, since
 * the charm reads the whole state itself.
 *
 * <pre>
 * outcome of the charm      exit code   Juju
 * a status, also blocked        0       applies the writes; those to relations only unless the charm threw "blocked"
 * a failed step                 1       drops all writes, shows error, and runs the hook again
 * an unknown hook               0       -
 * a failed action               1       drops all writes, shows the message of action-fail; the unit is not in error
 * </pre>
 *
 * <p>Juju has no timer of its own: a charm that wants to be called again is called by {@code update-status}, or by the program that runs
 * its services, with {@code juju-exec} and {@code JUJU_DISPATCH_PATH=hooks/reconcile}.
 */
public final class Dispatch {
    /** How long a pending action is asked again in its process, during which Juju runs no hook of the unit. */
    public static final Duration ACTION_WAIT = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);
    private static final YAMLMapper YAML = new YAMLMapper();

    private final Map<String, Supplier<Charm>> charms;
    private final Path units;
    private final Function<Path, UnitServices> services;
    private final InstantSource clock;
    private final Duration actionWait;

    /**
     * A program for these charms.
     *
     * @param charms by name; only the one that is needed is made, because each hook is a process
     * @param units the directory of the units' directories, which outlive the charm's revisions
     * @param services the services of the unit with this directory, which run on between hooks
     * @param actionWait usually {@link #ACTION_WAIT}
     */
    public Dispatch(
            Map<String, Supplier<Charm>> charms,
            Path units,
            Function<Path, UnitServices> services,
            InstantSource clock,
            Duration actionWait) {
        this.charms = charms;
        this.units = units;
        this.services = services;
        this.clock = clock;
        this.actionWait = actionWait;
    }

    /** Runs the hook or action of this environment, and returns the exit code for Juju. */
    public int run(Map<String, String> environment) {
        return run(environment, HookTools.onPath());
    }

    int run(Map<String, String> environment, HookTools tools) {
        try {
            HookEvent event = HookEvent.of(environment);
            if (!event.isAction() && !event.isKnown()) {
                LOG.debug("{}: nothing to do", event);
                return 0;
            }
            return run(event, tools);
        } catch (CharmException e) {
            LOG.error("{}", e.getMessage());
            return 1;
        } catch (RuntimeException e) {
            LOG.error("the charm failed", e);
            return 1;
        }
    }

    private int run(HookEvent event, HookTools tools) {
        Charm charm = charm(event.charmDirectory());
        Path directory = PrivateFile.directory(units.resolve(event.unit().fileName()), "rwx--x--x");
        try (UnitServices own = services.apply(directory)) {
            return run(event, charm, tools, new JujuUnit.Place(directory, event.charmDirectory(), own), own);
        }
    }

    private int run(HookEvent event, Charm charm, HookTools tools, JujuUnit.Place place, UnitServices own) {
        JujuUnit unit = JujuUnit.of(event, charm.metadata(), tools, place);
        JujuActions actions = new JujuActions(charm, unit, tools, clock, actionWait);
        if (event.isAction()) {
            return actions.run(event);
        }
        int exit = hook(event, charm, unit, actions);
        if (event.name().equals("secret-remove")) {
            // No reader uses this revision any more.
            String id = event.variable("JUJU_SECRET_ID");
            tools.write("secret-remove", id, "--revision", event.variable("JUJU_SECRET_REVISION"));
        }
        if (event.name().equals("remove")) {
            own.stopAll();
            FileTrees.delete(place.directory());
        }
        return exit;
    }

    private int hook(HookEvent event, Charm charm, JujuUnit unit, JujuActions actions) {
        if (!unit.leaving() && !unit.hasPeers()) {
            unit.setStatus(UnitStatus.maintenance("installing"));
            return 0;
        }
        try {
            unit.setStatus(reconcile(event, charm, unit).status());
            unit.commit();
        } catch (CharmException.Blocked e) {
            unit.setStatus(UnitStatus.blocked(String.valueOf(e.getMessage())));
            return 0;
        } catch (RuntimeException e) {
            unit.log("ERROR", "hook " + event.name() + " failed: " + e.getMessage());
            throw e;
        }
        actions.askPending();
        return 0;
    }

    /**
     * Calls the charm once. In {@code stop}, the last hook in which a unit can hand over, again until it has finished or its time is
     * up: relations do not change during a hook, but its own services do.
     */
    private Outcome reconcile(HookEvent event, Charm charm, JujuUnit unit) {
        Outcome outcome = charm.reconcile(unit);
        Instant until = clock.instant().plus(unit.config().removalTimeout());
        while (event.name().equals("stop") && !outcome.done() && clock.instant().isBefore(until)) {
            unit.setStatus(outcome.status());
            JujuActions.pause(outcome.again().after());
            outcome = charm.reconcile(unit);
        }
        return outcome;
    }

    /** The charm whose name is in its {@code metadata.yaml}. */
    private Charm charm(Path directory) {
        String name = PrivateFile.read(directory.resolve("metadata.yaml"))
                .map(text -> YAML.readTree(text).path("name").asString(""))
                .orElseThrow(() -> new CharmException("'" + directory + "' has no metadata.yaml"));
        Supplier<Charm> charm = charms.get(name);
        if (charm == null) {
            throw new CharmException("this program has no charm '" + name + "'");
        }
        return charm.get();
    }
}
