package io.livepatch.charm.reconcile;

import io.livepatch.charm.api.UnitName;

/** One thing for the controller to do. */
public sealed interface ControllerStep {

    /** Gives a unit its agent. */
    record StartUnit(UnitName unit, String address) implements ControllerStep {
        @Override
        public String toString() {
            return "start unit " + unit + " on " + address;
        }
    }

    /** Calls a unit's charm. */
    record ReconcileUnit(UnitName unit, Reason reason) implements ControllerStep {
        @Override
        public String toString() {
            return "reconcile " + unit + ", " + reason.text;
        }
    }

    /** Why a charm is called. */
    enum Reason {
        FIRST("for the first time"),
        CHANGED("something changed"),
        DUE("it is time");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }

    /** Runs the action that waits. */
    record RunAction(UnitName unit, int action) implements ControllerStep {
        @Override
        public String toString() {
            return "run action " + action + " on " + unit;
        }
    }

    /** Stops a unit's processes and deletes its files. */
    record RemoveUnit(UnitName unit) implements ControllerStep {
        @Override
        public String toString() {
            return "remove unit " + unit;
        }
    }

    /** Takes a removed unit out of the model. */
    record ForgetUnit(UnitName unit) implements ControllerStep {
        @Override
        public String toString() {
            return "forget unit " + unit;
        }
    }

    /** Takes an application without units out of the model. */
    record ForgetApplication(String application) implements ControllerStep {
        @Override
        public String toString() {
            return "forget application " + application;
        }
    }

    /** Ends an agent whose unit is not in the model. */
    record DropAgent(UnitName unit) implements ControllerStep {
        @Override
        public String toString() {
            return "drop the agent of " + unit;
        }
    }
}
