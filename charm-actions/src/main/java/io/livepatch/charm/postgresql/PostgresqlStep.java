package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.CharmStep;
import java.util.List;

/** What the charm does. */
sealed interface PostgresqlStep extends CharmStep {

    record InitialiseCluster(int version) implements PostgresqlStep {
        @Override
        public String toString() {
            return "initialise a PostgreSQL " + version + " cluster";
        }
    }

    /** Checked by the server's own program before anything is replaced. */
    record WriteConfiguration() implements PostgresqlStep {
        @Override
        public String toString() {
            return "write postgresql.conf and pg_hba.conf";
        }
    }

    record StartServer(String address, int port, boolean replaces) implements PostgresqlStep {
        @Override
        public String toString() {
            return (replaces ? "restart" : "start") + " PostgreSQL on " + address + ":" + port;
        }
    }

    /** With the files that were written last, since the unit's options are refused. */
    record StartAsBefore() implements PostgresqlStep {
        @Override
        public String toString() {
            return "start PostgreSQL with its last configuration";
        }
    }

    record SetOperatorPassword() implements PostgresqlStep {
        @Override
        public String toString() {
            return "set the password of user operator";
        }
    }

    record CreateDatabase(int relation, String database, List<String> roles) implements PostgresqlStep {
        @Override
        public String toString() {
            return "create database " + database + " and user relation-" + relation
                    + (roles.isEmpty() ? "" : " " + roles);
        }
    }

    record Publish(int relation) implements PostgresqlStep {
        @Override
        public String toString() {
            return "publish endpoint and credentials to relation " + relation;
        }
    }

    record DropUser(int relation) implements PostgresqlStep {
        @Override
        public String toString() {
            return "drop user relation-" + relation;
        }
    }
}
