package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.CharmStep;
import java.util.Map;

/** What the charm does. */
sealed interface LivepatchStep extends CharmStep {

    record RequestDatabase(int relation) implements LivepatchStep {
        @Override
        public String toString() {
            return "ask relation " + relation + " for database " + LivepatchExecutor.DATABASE;
        }
    }

    record MakeAdministrator() implements LivepatchStep {
        @Override
        public String toString() {
            return "make user admin with a random password";
        }
    }

    /** The server itself says whether it would take it; what runs is not touched. */
    record CheckConfiguration(String fingerprint) implements LivepatchStep {
        @Override
        public String toString() {
            return "check the configuration (" + fingerprint + ")";
        }
    }

    record UpgradeSchema() implements LivepatchStep {
        @Override
        public String toString() {
            return "bring the database schema up to date";
        }
    }

    record WriteConfiguration(String fingerprint) implements LivepatchStep {
        @Override
        public String toString() {
            return "write livepatch.yaml (" + fingerprint + ")";
        }
    }

    record StartServer(String address, int port, boolean replaces) implements LivepatchStep {
        @Override
        public String toString() {
            return (replaces ? "restart" : "start") + " the server on " + address + ":" + port;
        }
    }

    /** What runs stays as it is, as far as it can. */
    record RunWorkers(int count, String mode) implements LivepatchStep {
        @Override
        public String toString() {
            return "run " + count + (count == 1 ? " worker (" : " workers (") + mode + ")";
        }
    }

    /** The server runs well with what is in livepatch.yaml. */
    record KeepAsLastGood() implements LivepatchStep {
        @Override
        public String toString() {
            return "keep livepatch.yaml as the last good one";
        }
    }

    /** As it ran before, since the unit's options are refused. */
    record StartLastGood(String address, int port) implements LivepatchStep {
        @Override
        public String toString() {
            return "start the server on " + address + ":" + port + " with its last good configuration";
        }
    }

    record GoBack(String reason) implements LivepatchStep {
        @Override
        public String toString() {
            return "go back to the last good configuration: " + reason;
        }
    }

    record StopServer(String reason) implements LivepatchStep {
        @Override
        public String toString() {
            return "stop the server: " + reason;
        }
    }

    /** What website relations are told. */
    record PublishWebsite(Map<String, String> bag) implements LivepatchStep {
        @Override
        public String toString() {
            return bag.isEmpty()
                    ? "withdraw from the website relation"
                    : "publish to the website relation that it is " + bag.get("state");
        }
    }
}
