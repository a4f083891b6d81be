package io.livepatch.fleet.business;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.livepatch.fleet.Credentials;
import io.livepatch.fleet.MachineId;
import io.livepatch.fleet.Runs;
import io.livepatch.fleet.Secret;
import io.livepatch.fleet.flock.Work;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MachinesTest {
    private static final Work WORK = new Work.EmptyLoop(Runs.PACE);
    private static final String LONG = "a".repeat(63);

    private static Machines machines(String flock, String run) {
        return machines(flock, run, "auth");
    }

    private static Machines machines(String flock, String run, String authToken) {
        return new Machines(Flocks.of(flock, WORK), run, new Secret(authToken), new Random(1));
    }

    @Test
    void aMonkeyIsTheSameMachineOnEveryReplicaAndAnotherInEveryRunAndFlock() {
        assertThat(machines("poll", "run").id(7))
                .isEqualTo(machines("poll", "run").id(7));
        Set<MachineId> ids = new HashSet<>();
        for (String flock : new String[] {"poll", "poll-1", LONG, LONG.substring(1) + "b", "x"}) {
            for (String run : new String[] {"1", "2"}) {
                for (int monkey : new int[] {0, 1, 11, 9_999_999}) {
                    ids.add(machines(flock, run).id(monkey));
                }
            }
        }
        assertThat(ids).hasSize(5 * 2 * 4);
    }

    /** The server refuses to enrol a machine with another key, or with another auth token, while it is alive. */
    @Test
    void aMonkeyHasOneKeyOnEveryReplicaAndIsAnotherMachineForAnotherAuthToken() {
        assertThat(machines("poll", "run").key(7))
                .isEqualTo(machines("poll", "run").key(7))
                .isNotEqualTo(machines("poll", "run").key(8));
        assertThat(machines("poll", "run", "another").id(7))
                .isNotEqualTo(machines("poll", "run").id(7));
    }

    @Test
    void aTokenIsKeptUntilItIsForgotten() {
        Machines machines = machines("poll", "run");
        Credentials credentials = new Credentials(machines.id(999), new Secret("token-of-999"));

        machines.keep(999, credentials);

        assertThat(machines.credentials(999)).contains(credentials);
        assertThat(machines.credentials(998)).isEmpty();
        machines.forget(999);
        machines.forget(3);
        assertThat(machines.credentials(999)).isEmpty();
    }

    @Test
    void tokensOfAMillionMachinesTakeLessThan150Megabytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Secret token = new Secret("A".repeat(43));
        long before = threads.getCurrentThreadAllocatedBytes();

        Tokens tokens = new Tokens(10_000_000);
        for (int monkey = 0; monkey < 10_000_000; monkey += 10) {
            tokens.keep(monkey, token);
        }

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(150_000_000L);
        assertThat(tokens.of(9_999_990)).contains(token);
    }
}
