package io.livepatch.fleet.workload;

import io.livepatch.fleet.protocol.CheckInAnswer;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.protocol.OfferedPatch;
import io.livepatch.fleet.protocol.Ping;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The calls that a machine makes in one iteration. */
interface Scenario {

    void play(int monkey, Iteration iteration) throws InterruptedException;

    /** See {@link io.livepatch.fleet.load.WorkloadRunner#prepare}. */
    default void prepare(int monkey, Iteration iteration) throws InterruptedException {}

    /** {@code check-in}: reports, asks for a patch, and in some iterations downloads it. */
    record Polling(double downloadShare, RandomGenerator random) implements Scenario {

        @Override
        public void play(int monkey, Iteration iteration) throws InterruptedException {
            CheckInAnswer checkInAnswer = iteration.checkIn(monkey, iteration.enrolled(monkey));
            if (checkInAnswer instanceof CheckInAnswer.Apply(OfferedPatch patch)
                    && random.nextDouble() < downloadShare) {
                iteration.verify(patch, LivepatchClient.UNLIMITED);
            }
        }
    }

    /** {@code fetch}: everything from enrolment to the applied patch. */
    record Fetching() implements Scenario {

        @Override
        public void play(int monkey, Iteration iteration) throws InterruptedException {
            Credentials credentials = iteration.enrol(monkey);
            OfferedPatch patch = iteration.offer(monkey, credentials);
            iteration.verify(patch, LivepatchClient.UNLIMITED);
            iteration.ping(credentials, ping(Ping.Type.PING_BEFORE, monkey, patch, iteration), false);
            iteration.ping(credentials, ping(Ping.Type.PING_AFTER, monkey, patch, iteration), false);
            iteration.ping(credentials, ping(Ping.Type.PING_0, monkey, patch, iteration), true);
        }

        private static Ping ping(Ping.Type type, int monkey, OfferedPatch patch, Iteration iteration) {
            Optional<PatchState> state =
                    type == Ping.Type.PING_BEFORE ? Optional.empty() : Optional.of(PatchState.APPLIED);
            return new Ping(
                    type, iteration.machines().platform(monkey).kernel(), patch.version(), state, Optional.empty());
        }
    }

    /** {@code enroll-churn}: enrols and unenrols. */
    record Churning() implements Scenario {

        @Override
        public void play(int monkey, Iteration iteration) throws InterruptedException {
            iteration.leave(iteration.enrol(monkey));
            iteration.machines().forget(monkey);
        }
    }

    /** {@code slow-reader}: downloads at a limited rate. */
    record SlowReading(long bytesPerSecond) implements Scenario {

        @Override
        public void play(int monkey, Iteration iteration) throws InterruptedException {
            iteration.verify(iteration.offer(monkey, iteration.enrolled(monkey)), bytesPerSecond);
        }
    }

    /** {@code thundering-herd}: enrols before the outage, then checks in until it is served. */
    record Herd() implements Scenario {

        @Override
        public void prepare(int monkey, Iteration iteration) throws InterruptedException {
            iteration.enrolled(monkey);
        }

        /** A machine that was not prepared, or failed to be, enrols first. */
        @Override
        public void play(int monkey, Iteration iteration) throws InterruptedException {
            iteration.checkIn(monkey, iteration.enrolled(monkey));
        }
    }
}
