package io.livepatch.fleet.division;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.division.StartSchedule.Batch;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.KernelMix;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Arrivals;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.protocol.Platform;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class StartScheduleTest {
    private static final KernelMix KERNELS = new KernelMix(
            List.of(new KernelMix.Part(new Platform(new KernelRelease("5.15.0-107.117-generic"), "amd64"), 1)));

    private static Flock flock(int count, StartBatches startBatches, Load load, Optional<Duration> duration) {
        return new Flock(
                "pollers", count, startBatches, new Workload.CheckIn(Runs.PACE, 0), load, duration, KERNELS, List.of());
    }

    private static StartSchedule schedule(int count, int size, FlockPartition partition) {
        StartBatches startBatches = new StartBatches(size, Duration.ofMinutes(1));
        return new StartSchedule(flock(count, startBatches, new Load.Closed(), Optional.empty()), partition);
    }

    @Test
    void firstBatchIsComplete() {
        StartSchedule startSchedule = schedule(10, 10, FlockPartition.whole(4));

        assertThat(startSchedule.of(0)).containsExactly(new Batch(0, Duration.ZERO, 3, List.of(0, 4, 8)));
        assertThat(startSchedule.of(1)).containsExactly(new Batch(0, Duration.ZERO, 3, List.of(1, 5, 9)));
        assertThat(startSchedule.of(2)).containsExactly(new Batch(0, Duration.ZERO, 2, List.of(2, 6)));
        assertThat(startSchedule.of(3)).containsExactly(new Batch(0, Duration.ZERO, 2, List.of(3, 7)));
    }

    @Test
    void batchesSmallerThanReplicasAreTheWholeFlocks() {
        StartSchedule startSchedule = schedule(10, 3, FlockPartition.whole(4));

        assertThat(startSchedule.of(3))
                .containsExactly(
                        new Batch(1, Duration.ofMinutes(1), 1, List.of(3)),
                        new Batch(2, Duration.ofMinutes(2), 1, List.of(7)));
        assertThat(startSchedule.of(0))
                .containsExactly(
                        new Batch(0, Duration.ZERO, 1, List.of(0)),
                        new Batch(1, Duration.ofMinutes(1), 1, List.of(4)),
                        new Batch(2, Duration.ofMinutes(2), 1, List.of(8)));
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.fleet.division.FlockPartitions#small")
    void batchesAddUpAndNoneIsEmpty(FlockPartition partition) {
        for (int count = 1; count <= 24; count++) {
            for (int size = 1; size <= 25; size++) {
                check(schedule(count, size, partition));
            }
        }
    }

    private static void check(StartSchedule startSchedule) {
        Map<Integer, Integer> sums = new TreeMap<>();
        for (int replica = 0; replica < startSchedule.partition().replicas(); replica++) {
            int index = replica;
            List<Batch> batches = startSchedule.of(replica);
            assertThat(batches).allMatch(batch -> isRight(startSchedule, index, batch));
            for (Batch batch : batches) {
                sums.merge(batch.number(), batch.monkeys(), Integer::sum);
            }
        }
        int count = startSchedule.flock().count();
        int size = startSchedule.flock().batches().size();
        List<Integer> wanted = new ArrayList<>();
        for (int left = count; left > 0; left -= size) {
            wanted.add(Math.min(left, size));
        }
        assertThat(new ArrayList<>(sums.values())).as("%d by %d", count, size).isEqualTo(wanted);
    }

    /** Not an assertion for each of its properties: there are a million batches. */
    private static boolean isRight(StartSchedule startSchedule, int replica, Batch batch) {
        return batch.monkeys() > 0
                && batch.first().size() == Math.min(3, batch.monkeys())
                && batch.first().stream()
                        .allMatch(monkey -> startSchedule.partition().owner(monkey) == replica
                                && startSchedule.flock().batches().begin(monkey).equals(batch.begin()));
    }

    @Test
    void textOfBatches() {
        assertThat(schedule(10, 4, FlockPartition.whole(4)).text()).isEqualTo("""
                flock pollers: 10 machines, check-in, 4 replicas

                  batch  begins  replica 0  replica 1  replica 2  replica 3  total
                  1      0s      1: 0       1: 1       1: 2       1: 3       4
                  2      1m      1: 4       1: 5       1: 6       1: 7       4
                  3      2m      1: 8       1: 9       -          -          2
                  all            3          3          2          2          10

                  each machine repeats its iteration after 1m, 1m after a failure
                """);
    }

    @Test
    void textOfManyBatchesIsShortAndAddsUp() {
        assertThat(schedule(1_000_003, 1000, new FlockPartition(3, new TreeSet<>(List.of(0, 2))))
                        .text())
                .isEqualTo("""
                flock pollers: 1000003 machines, check-in, 3 replicas, present 0, 2

                  batch       begins         replica 0                 replica 2                 total
                  1           0s             500: 0 3 4 …              500: 1 2 5 …              1000
                  2           1m             500: 1000 1002 1005 …     500: 1001 1003 1004 …     1000
                  3           2m             500: 2001 2002 2004 …     500: 2000 2003 2005 …     1000
                  4           3m             500: 3000 3003 3004 …     500: 3001 3002 3005 …     1000
                  5           4m             500: 4000 4002 4005 …     500: 4001 4003 4004 …     1000
                  6           5m             500: 5001 5002 5004 …     500: 5000 5003 5005 …     1000
                  7           6m             500: 6000 6003 6004 …     500: 6001 6002 6005 …     1000
                  8           7m             500: 7000 7002 7005 …     500: 7001 7003 7004 …     1000
                  9           8m             500: 8001 8002 8004 …     500: 8000 8003 8005 …     1000
                  10          9m             500: 9000 9003 9004 …     500: 9001 9002 9005 …     1000
                  11          10m            500: 10000 10002 10005 …  500: 10001 10003 10004 …  1000
                  12          11m            500: 11001 11002 11004 …  500: 11000 11003 11005 …  1000
                  13          12m            500: 12000 12003 12004 …  500: 12001 12002 12005 …  1000
                  14          13m            500: 13000 13002 13005 …  500: 13001 13003 13004 …  1000
                  15          14m            500: 14001 14002 14004 …  500: 14000 14003 14005 …  1000
                  16          15m            500: 15000 15003 15004 …  500: 15001 15002 15005 …  1000
                  17          16m            500: 16000 16002 16005 …  500: 16001 16003 16004 …  1000
                  18          17m            500: 17001 17002 17004 …  500: 17000 17003 17005 …  1000
                  19          18m            500: 18000 18003 18004 …  500: 18001 18002 18005 …  1000
                  20 to 1001  19m to 16h40m  490502                    490501                    981003
                  all                        500002                    500001                    1000003

                  each machine repeats its iteration after 1m, 1m after a failure
                """);
    }

    @Test
    void textOfRates() {
        Load load = new Load.Open(
                Arrivals.POISSON,
                List.of(
                        new Stage(Duration.ofMinutes(2), new Rate(0), new Rate(277_778)),
                        new Stage(Duration.ofMinutes(10), new Rate(277_778), new Rate(277_778))));
        Flock flock = flock(1_000_000, StartBatches.one(), load, Optional.of(Duration.ofMinutes(15)));
        assertThat(new StartSchedule(flock, FlockPartition.whole(3)).text()).isEqualTo("""
                flock pollers: 1000000 machines, check-in, 3 replicas

                  batch  begins  replica 0        replica 1        replica 2        total
                  1      0s      333334: 0 3 6 …  333333: 1 4 7 …  333333: 2 5 8 …  1000000
                  all            333334           333333           333333           1000000

                  iterations/s  replica 0    replica 1    replica 2    total
                  0s to 2m      0 to 92.593  0 to 92.593  0 to 92.592  0 to 277.778
                  2m to 12m     92.593       92.593       92.592       277.778
                  from 12m      92.593       92.593       92.592       277.778
                  233334 iterations are due at random in 15m
                """);
    }
}
