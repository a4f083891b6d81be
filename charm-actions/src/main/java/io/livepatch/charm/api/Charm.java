package io.livepatch.charm.api;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The operating logic for one application. Stateless: it reads all its inputs from the {@link Unit}, so an event may be repeated,
 * lost or interrupted, and the next call executes what is missing.
 */
public interface Charm {

    /** The content of {@code metadata.yaml}, {@code config.yaml} and {@code actions.yaml}. */
    CharmMetadata metadata();

    /**
     * Makes this unit match its config and relations. Called on every event and when the last outcome asked for it. Never waits for
     * another unit: it returns a waiting status, and is called again after a change.
     *
     * <p>A unit that is being removed ({@link Unit#leaving}) is called like any other: it hands over its work and publishes what
     * others need to know for that, until it returns {@link Outcome#finished} or the option {@code removal-timeout} has passed.
     *
     * @throws CharmException if a step failed; writes to relations and secrets are discarded, and it is called again later
     */
    Outcome reconcile(Unit unit);

    /**
     * The counts of data that is deleted with this unit, by kind, such as {@code patches}; empty for none. Only reads, returns
     * within seconds, and may run concurrently with {@link #reconcile}.
     *
     * @throws CharmException if the data cannot be counted
     */
    default Map<String, Long> dataCounts(Unit unit) {
        return Map.of();
    }

    /** The actions, by their names in {@code actions.yaml}. */
    Map<String, Action> actions();

    /**
     * The action of this name, which {@link #metadata} declares.
     *
     * @throws CharmException if it is not implemented
     */
    default Action action(String name) {
        return Optional.ofNullable(actions().get(name))
                .orElseThrow(() -> new CharmException(
                        "charm '" + metadata().name() + "' declares action '" + name + "' but does not implement it"));
    }

    /**
     * An operation that an operator runs on one unit. It runs beside {@link #reconcile}, on another thread, and never keeps it
     * waiting.
     */
    @FunctionalInterface
    interface Action {
        /** The time that an action has unless it says otherwise. */
        Duration DEFAULT_LIMIT = Duration.ofMinutes(30);

        /**
         * Begins or continues the action. It answers with a result, or with {@link ActionAnswer.Pending} and is asked again after
         * each call of {@link #reconcile}, also after a restart of the substrate. Its writes to relations and secrets take effect
         * when it answers, also when it is pending.
         *
         * @throws CharmException if the action failed; the message is its result, and its writes are discarded
         */
        ActionAnswer run(Unit unit, ActionCall call);

        /** The time from the first call after which the action is interrupted and has failed. */
        default Duration limit() {
            return DEFAULT_LIMIT;
        }

        /** The same action with another limit. */
        static Action within(Duration limit, Action action) {
            return new Action() {
                @Override
                public ActionAnswer run(Unit unit, ActionCall call) {
                    return action.run(unit, call);
                }

                @Override
                public Duration limit() {
                    return limit;
                }
            };
        }
    }

    /**
     * One call of an action.
     *
     * @param parameters checked against {@code actions.yaml}, defaults filled in. Sensitive ones are not kept on disk, so they are
     *     missing when a pending action is asked again after a restart
     * @param progress what the action noted when it was last pending; empty in the first call
     */
    record ActionCall(Map<String, String> parameters, Map<String, String> progress) {
        public ActionCall {
            parameters = Map.copyOf(parameters);
            progress = Map.copyOf(progress);
        }

        public boolean first() {
            return progress.isEmpty();
        }

        /** The value of a parameter; empty text without one. */
        public String parameter(String name) {
            return parameters.getOrDefault(name, "");
        }

        /** Without values: a parameter may be secret. */
        @Override
        public String toString() {
            return parameters.keySet() + " " + progress.keySet();
        }
    }
}
