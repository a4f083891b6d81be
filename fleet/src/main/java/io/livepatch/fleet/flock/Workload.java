package io.livepatch.fleet.flock;

import java.time.Duration;

/** The scenario of a monkey's iterations; {@code business} in a flock's YAML. */
public sealed interface Workload {

    Pace pace();

    /** Its name in YAML: {@code check-in}. */
    String type();

    /**
     * The settings of all workloads.
     *
     * @param idle pause of a closed load after a success
     * @param errorIdle pause of a closed load after a failure
     * @param restart whether a monkey continues after a failure
     */
    record Pace(Duration idle, Duration errorIdle, boolean restart) {}

    /**
     * Polls: enrols in the first iteration, then checks in.
     *
     * @param fetching fraction of iterations that also download the offered patch, 0 to 1
     */
    record CheckIn(Pace pace, double fetching) implements Workload {
        @Override
        public String type() {
            return "check-in";
        }
    }

    /** Enrols, checks in, downloads, verifies and pings in each iteration. */
    record Fetch(Pace pace) implements Workload {
        @Override
        public String type() {
            return "fetch";
        }
    }

    /** Enrols and leaves in each iteration. */
    record EnrollChurn(Pace pace) implements Workload {
        @Override
        public String type() {
            return "enroll-churn";
        }
    }

    /**
     * Reconnects after an outage: all machines, enrolled before, check in at once, and retry as the server asks until they have been served.
     *
     * @param outage no request for so long after the common start
     */
    record ThunderingHerd(Pace pace, Duration outage) implements Workload {
        @Override
        public String type() {
            return "thundering-herd";
        }
    }

    /** Downloads a patch at a limited rate. */
    record SlowReader(Pace pace, long bytesPerSecond) implements Workload {
        @Override
        public String type() {
            return "slow-reader";
        }
    }

    /** Sends bad tokens, broken ranges, oversized bodies, …; fails unless the server refuses each properly. */
    record Misbehaving(Pace pace) implements Workload {
        @Override
        public String type() {
            return "misbehaving";
        }
    }

    /** Does nothing, to measure the generator. */
    record EmptyLoop(Pace pace) implements Workload {
        @Override
        public String type() {
            return "empty-loop";
        }
    }
}
