package io.livepatch.charm.reconcile;

import io.livepatch.charm.api.UnitName;

/** A step of the controller. */
public sealed interface ControllerStep {

    /** Starts the agent of a unit. */
    record StartUnit(UnitName unit, String address) implements ControllerStep {
        @Override
        public String toString() {
            return "start unit " + unit + " on " + address;
        }
    }

    /** Moves a unit to its application's release. */
    record MoveUnit(UnitName unit, String release) implements ControllerStep {
        @Override
        public String toString() {
            return "move unit " + unit + " to release " + release;
        }
    }

    /** Calls a unit's charm. */
    record ReconcileUnit(UnitName unit, Reason reason) implements ControllerStep {
        @Override
        public String toString() {
            return "reconcile " + unit + ", " + reason.text;
        }
    }

    /** The reason for a call of the charm. */
    enum Reason {
        FIRST("for the first time"),
        CHANGED("something changed"),
        DUE("it is time");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }

    /** Begins an action, or asks a pending one again. */
    record RunAction(UnitName unit, int action) implements ControllerStep {
        @Override
        public String toString() {
            return "run action " + action + " on " + unit;
        }
    }

    /** Ends an action whose time is up. */
    record ExpireAction(UnitName unit, int action) implements ControllerStep {
        @Override
        public String toString() {
            return "end action " + action + " on " + unit + ", its time is up";
        }
    }

    /** Tells a unit's charm that the unit is being removed. */
    record LeaveUnit(UnitName unit) implements ControllerStep {
        @Override
        public String toString() {
            return "begin the removal of unit " + unit;
        }
    }

    /**
     * Stops a unit's processes and deletes its files.
     *
     * @param forced the charm has not finished within its time
     */
    record RemoveUnit(UnitName unit, boolean forced) implements ControllerStep {
        @Override
        public String toString() {
            return "remove unit " + unit + (forced ? " by force, its time is up" : "");
        }
    }

    /** Drops a removed unit from the model. */
    record ForgetUnit(UnitName unit) implements ControllerStep {
        @Override
        public String toString() {
            return "forget unit " + unit;
        }
    }

    /** Drops an application without units from the model. */
    record ForgetApplication(String application) implements ControllerStep {
        @Override
        public String toString() {
            return "forget application " + application;
        }
    }

    /** Stops an agent whose unit is not in the model. */
    record DropAgent(UnitName unit) implements ControllerStep {
        @Override
        public String toString() {
            return "drop the agent of " + unit;
        }
    }
}
