package io.livepatch.fleet.workload;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.livepatch.common.config.Secret;
import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.workload.MachineIdentities.TokenTable;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class MachineIdentitiesTest {
    private static final Workload WORK = new Workload.EmptyLoop(Runs.PACE);
    private static final String LONG = "a".repeat(63);

    private static MachineIdentities machines(String flock, String run) {
        return machines(flock, run, "auth");
    }

    private static MachineIdentities machines(String flock, String run, String authToken) {
        return new MachineIdentities(Flocks.of(flock, WORK), run, new Secret(authToken), new Random(1));
    }

    @Test
    void machineIdDependsOnFlockRunAndNumberOnly() {
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
    void keyIsDerivedAndIdDependsOnTheAuthToken() {
        assertThat(machines("poll", "run").key(7))
                .isEqualTo(machines("poll", "run").key(7))
                .isNotEqualTo(machines("poll", "run").key(8));
        assertThat(machines("poll", "run", "another").id(7))
                .isNotEqualTo(machines("poll", "run").id(7));
    }

    @Test
    void tokenIsKeptUntilItIsForgotten() {
        MachineIdentities machineIdentities = machines("poll", "run");
        Credentials credentials = new Credentials(machineIdentities.id(999), new Secret("token-of-999"));

        machineIdentities.keep(999, credentials);

        assertThat(machineIdentities.credentials(999)).contains(credentials);
        assertThat(machineIdentities.credentials(998)).isEmpty();
        machineIdentities.forget(999);
        machineIdentities.forget(3);
        assertThat(machineIdentities.credentials(999)).isEmpty();
    }

    @Test
    void tokensOfAMillionMachinesTakeLessThan150Megabytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Secret token = new Secret("A".repeat(43));
        long before = threads.getCurrentThreadAllocatedBytes();

        TokenTable tokenTable = new TokenTable(10_000_000);
        for (int monkey = 0; monkey < 10_000_000; monkey += 10) {
            tokenTable.keep(monkey, token);
        }

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(150_000_000L);
        assertThat(tokenTable.of(9_999_990)).contains(token);
    }
}
