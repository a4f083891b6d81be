package io.livepatch.fleet.flock;

import java.time.Duration;

/** What a monkey does, again and again. {@code business} in a flock's YAML. */
public sealed interface Workload {

    Pace pace();

    /** Its name in YAML: {@code check-in}. */
    String type();

    /**
     * What all kinds of work have.
     *
     * @param idle pause of a closed load after a success
     * @param errorIdle pause of a closed load after a failure
     * @param restart whether a monkey goes on after a failure; without it, it has finished
     */
    record Pace(Duration idle, Duration errorIdle, boolean restart) {}

    /**
     * Polls as a machine does: enrols at its first turn, then reports and asks.
     *
     * @param fetching which part of the turns also fetches the patch it is told of, 0 to 1
     */
    record CheckIn(Pace pace, double fetching) implements Workload {
        @Override
        public String type() {
            return "check-in";
        }
    }

    /** Enrols, asks, downloads, verifies, reports with pings; each turn as if for the first time. */
    record Fetch(Pace pace) implements Workload {
        @Override
        public String type() {
            return "fetch";
        }
    }

    /** Enrols and leaves. */
    record EnrollChurn(Pace pace) implements Workload {
        @Override
        public String type() {
            return "enroll-churn";
        }
    }

    /**
     * Everybody at once, after an outage: each machine has enrolled before, asks once when the doors open, and comes back as the server told it to
     * until it has been served.
     *
     * @param outage nobody asks for so long after the common start
     */
    record ThunderingHerd(Pace pace, Duration outage) implements Workload {
        @Override
        public String type() {
            return "thundering-herd";
        }
    }

    /** Fetches a patch no faster than this. */
    record SlowReader(Pace pace, long bytesPerSecond) implements Workload {
        @Override
        public String type() {
            return "slow-reader";
        }
    }

    /** Bad tokens, broken ranges, oversized bodies, …; content only with the right refusals. */
    record Misbehaving(Pace pace) implements Workload {
        @Override
        public String type() {
            return "misbehaving";
        }
    }

    /** Nothing: what the generator itself can do. */
    record EmptyLoop(Pace pace) implements Workload {
        @Override
        public String type() {
            return "empty-loop";
        }
    }
}
