package io.livepatch.charm.juju;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What Juju says about a hook or action in the environment of its process.
 *
 * @param name the name of the hook or action
 */
record HookEvent(UnitName unit, String name, boolean isAction, Map<String, String> environment) {
    private static final String ACTIONS = "actions/";
    private static final String RELATION_BROKEN = "-relation-broken";

    /** Those of which the charm is called. Juju may have others, in some of which it refuses most tools. */
    private static final Pattern KNOWN =
            Pattern.compile("install|start|stop|remove|config-changed|upgrade-charm|update-status"
                    + "|leader-elected|leader-settings-changed|secret-(changed|rotate|expired|remove)|post-series-upgrade"
                    + "|reconcile|.+-relation-(created|joined|changed|departed|broken)");

    HookEvent {
        environment = Map.copyOf(environment);
    }

    static HookEvent of(Map<String, String> environment) {
        String path = environment.getOrDefault("JUJU_DISPATCH_PATH", "");
        UnitName unit = UnitName.parse(environment.getOrDefault("JUJU_UNIT_NAME", ""))
                .orElseThrow(() -> new CharmException("JUJU_UNIT_NAME is missing: Juju calls this program in hooks"));
        return new HookEvent(unit, path.substring(path.lastIndexOf('/') + 1), path.startsWith(ACTIONS), environment);
    }

    boolean isKnown() {
        return KNOWN.matcher(name).matches();
    }

    /** Whether this hook is run only for a unit that is being removed. */
    boolean leaves() {
        return Set.of("stop", "remove").contains(name)
                || environment.getOrDefault("JUJU_DEPARTING_UNIT", "").equals(unit.toString());
    }

    /** Whether this hook says that a relation is removed, which Juju still lists during the hook. */
    boolean breaks(String relation) {
        return name.endsWith(RELATION_BROKEN)
                && environment.getOrDefault("JUJU_RELATION_ID", "").equals(relation);
    }

    /** The action's id. */
    String action() {
        return environment.getOrDefault("JUJU_ACTION_UUID", "");
    }

    Path charmDirectory() {
        return Path.of(environment.getOrDefault("JUJU_CHARM_DIR", "."));
    }

    /** The variable's value; empty text without one. */
    String variable(String variable) {
        return environment.getOrDefault(variable, "");
    }

    /** Without the environment. */
    @Override
    public String toString() {
        return (isAction ? "action " : "hook ") + name + " of " + unit;
    }
}
