package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerOutput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The output of real processes through real pipes. */
class OutputIT {

    private static final int MANY = 200_000;
    private static final String COUNT = "seq 1 " + MANY;

    private final LinuxProcesses processes = LinuxProcesses.start();

    @AfterEach
    void close() {
        processes.close();
    }

    private static String counted() {
        return IntStream.rangeClosed(1, MANY).mapToObj(i -> i + "\n").collect(Collectors.joining());
    }

    @Test
    void eachStreamIsCompleteAndInOrderEvenIfTheWorkerEndsAtOnce() {
        TestProcess sample = new TestProcess(false);
        processes.launch(
                sample.start(ProcessEnvironment.PLAIN, List.of("sh", "-c", COUNT + " & " + COUNT + " >&2 & wait")),
                sample);

        sample.awaitExit();

        await("the last of both")
                .until(() -> sample.written().length() + sample.complained().length()
                        >= 2 * counted().length());
        assertThat(sample.written()).isEqualTo(counted());
        assertThat(sample.complained()).isEqualTo(counted());
    }

    @Test
    void mergedStreamsKeepTheOrderBetweenThem() {
        TestProcess sample = TestProcess.of(
                processes, "sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo $i; echo $((i+1)) >&2; i=$((i+2)); done");

        assertThat(sample.output())
                .isEqualTo(IntStream.range(0, 2000).mapToObj(i -> i + "\n").collect(Collectors.joining()));
    }

    /** Blocks until it is released. */
    private static final class Stuffed implements WorkerOutput {

        private final CountDownLatch entered = new CountDownLatch(2);
        private final CountDownLatch open = new CountDownLatch(1);
        private final TestProcess behind = new TestProcess(false);

        private void block() {
            entered.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void out(byte[] bytes, int length) {
            block();
            behind.out(bytes, length);
        }

        @Override
        public void err(byte[] bytes, int length) {
            block();
            behind.err(bytes, length);
        }

        @Override
        public boolean merged() {
            return false;
        }

        @Override
        public void close() {}
    }

    private Processes.Start start(Stuffed output, String script) {
        return new Processes.Start(
                "stuffed-0",
                List.of("sh", "-c", script),
                Map.of("PATH", "/usr/bin:/bin"),
                ProcessEnvironment.PLAIN,
                OptionalLong.empty(),
                OptionalInt.empty(),
                Duration.ofSeconds(1),
                output,
                true);
    }

    @Test
    void aBlockedOutputStallsOnlyItsOwnWorkerAndNotTheExitEvent() throws InterruptedException {
        Stuffed stuffed = new Stuffed();
        TestProcess blocked = stuffed.behind;
        processes.launch(start(stuffed, COUNT + " & " + COUNT + " >&2 & wait; echo never"), blocked);
        stuffed.entered.await();

        assertThat(TestProcess.of(processes, "sh", "-c", COUNT).output()).isEqualTo(counted());
        assertThat(blocked.exit).isNotDone();
        blocked.kill();
        assertThat(blocked.awaitExit()).hasToString("signal KILL");

        assertThat(blocked.written()).isEmpty();
        stuffed.open.countDown();
        await("what was in the pipe").until(() -> blocked.written().length() > 4096);
        assertThat(counted()).startsWith(blocked.written());
    }

    @Test
    void outputThatABlockedReaderHasNotReadAtTheExitIsReadLater() throws InterruptedException {
        Stuffed stuffed = new Stuffed();
        TestProcess late = stuffed.behind;
        processes.launch(start(stuffed, "seq 1 5000; seq 1 5000 >&2"), late);
        stuffed.entered.await();
        assertThat(late.awaitExit()).hasToString("exit code 0");

        stuffed.open.countDown();

        await("all of it")
                .until(() ->
                        late.written().endsWith("\n5000\n") && late.complained().endsWith("\n5000\n"));
        assertThat(late.written()).startsWith("1\n2\n").hasSize(23893);
        assertThat(late.complained()).isEqualTo(late.written());
    }
}
