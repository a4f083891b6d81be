package io.livepatch.supervisor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Writes to a real pipe whose reader is a process that can be stopped, continued and killed. */
class AsyncLineWriterIT {

    private static final int WRITERS = 50;
    private static final int CHUNKS = 60;
    private static final int LINES_PER_CHUNK = 30;

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Process reader;
    private FileChannel pipe;

    @BeforeEach
    void openPipe() throws IOException, InterruptedException {
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        reader = new ProcessBuilder("cat", fifo.toString())
                .redirectOutput(folder.resolve("read").toFile())
                .start();
        pipe = FileChannel.open(fifo, StandardOpenOption.WRITE);
    }

    @AfterEach
    void close() throws IOException {
        reader.destroyForcibly();
        pipe.close();
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(reader.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    private AsyncLineWriter start(WritableByteChannel channel, int queueBytes, Duration closeTimeout) {
        AsyncLineWriter writer =
                new AsyncLineWriter("the pipe", channel, queueBytes, closeTimeout, InstantSource.system());
        writer.start();
        return writer;
    }

    private List<String> read() throws IOException, InterruptedException {
        pipe.close();
        assertThat(reader.waitFor()).isZero();
        return Files.readAllLines(folder.resolve("read"));
    }

    /** Writes the output of all workers concurrently, without a pause; returns when all of it was handed over. */
    private static void writeConcurrently(OutputFactory outputFactory) throws InterruptedException {
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            PoolSpec spec = PoolSpec.of("pool", List.of("/bin/true")).build();
            WorkerOutput output = outputFactory.open(spec, "pool-" + i, i);
            writers.add(Thread.ofPlatform().start(() -> write(output)));
        }
        for (Thread thread : writers) {
            assertThat(thread.join(LONG)).as("a worker is not blocked").isTrue();
        }
    }

    private static void write(WorkerOutput output) {
        int line = 0;
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < LINES_PER_CHUNK; i++, line++) {
                text.append(line % 2 == 0 ? "{\"message\":\"" + line + "\"}" : Integer.toString(line))
                        .append('\n');
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            // Two calls, so that chunks end in the middle of lines.
            output.out(bytes, bytes.length / 2);
            byte[] rest = java.util.Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length);
            output.out(rest, rest.length);
        }
        output.close();
    }

    /** Counts the lines that arrived and the lines that are reported as lost. Each line must be whole and in the order of its worker. */
    private static long[] verify(List<String> lines) {
        Map<String, Integer> last = new HashMap<>();
        long arrived = 0;
        long lost = 0;
        for (String line : lines) {
            JsonNode json = JsonMapper.shared().readTree(line);
            if (json.has("dropped_lines")) {
                lost += json.get("dropped_lines").asLong();
                continue;
            }
            arrived++;
            int number = Integer.parseInt(json.get("message").asString());
            Integer before = last.put(json.get("worker_id").asString(), number);
            assertThat(before == null || before < number).as(line).isTrue();
        }
        return new long[] {arrived, lost};
    }

    @Test
    void noLineIsLostWhileTheReaderReads() throws Exception {
        AsyncLineWriter writer = start(pipe, 64 << 20, LONG);
        OutputFactory outputFactory = new OutputFactory(writer, writer, OutputLimits.DEFAULT, InstantSource.system());
        writeConcurrently(outputFactory);
        writer.close();
        long all = (long) WRITERS * CHUNKS * LINES_PER_CHUNK;
        assertThat(verify(read())).containsExactly(all, 0);
        assertThat(outputFactory.counts().lines()).isEqualTo(all);
        assertThat(outputFactory.counts().droppedLines()).isZero();
    }

    @Test
    void aStoppedReaderBlocksNoWorkerAndLaterReadsHowMuchItMissed() throws Exception {
        signal("STOP");
        AsyncLineWriter writer = start(pipe, 256 << 10, LONG);
        OutputFactory outputFactory = new OutputFactory(writer, writer, OutputLimits.DEFAULT, InstantSource.system());
        writeConcurrently(outputFactory);
        long dropped = outputFactory.counts().droppedLines();
        assertThat(dropped).isPositive();
        assertThat(outputFactory.counts().droppedBytes()).isGreaterThan(dropped);
        signal("CONT");
        writer.close();
        long all = (long) WRITERS * CHUNKS * LINES_PER_CHUNK;
        assertThat(verify(read())).containsExactly(all - dropped, dropped);
        assertThat(outputFactory.counts().lines()).isEqualTo(all);
        assertThat(outputFactory.counts().droppedLines()).isEqualTo(dropped);
    }

    @Test
    void withoutAReaderNoWorkerIsBlockedAndAllLinesAreCountedAsDropped() throws Exception {
        reader.destroyForcibly().waitFor();
        AsyncLineWriter writer = start(pipe, 64 << 20, LONG);
        OutputFactory outputFactory = new OutputFactory(writer, writer, OutputLimits.DEFAULT, InstantSource.system());
        writeConcurrently(outputFactory);
        writer.close();
        assertThat(outputFactory.counts().droppedLines()).isEqualTo((long) WRITERS * CHUNKS * LINES_PER_CHUNK);
        assertThat(outputFactory.recent("pool-49")).isNotEmpty();
    }

    @Test
    void closeDoesNotWaitForAStoppedReader() throws Exception {
        signal("STOP");
        AsyncLineWriter writer = start(pipe, 1 << 20, Duration.ofMillis(50));
        byte[] line = ("x".repeat(1 << 18) + "\n").getBytes(StandardCharsets.UTF_8);
        writer.offer(line, 1);
        writer.offer(line, 1);
        Thread closing = Thread.ofPlatform().start(writer::close);
        assertThat(closing.join(LONG)).isTrue();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(writer.droppedLines()).isEqualTo(2));
        writer.offer(line, 1);
        assertThat(writer.droppedLines()).isEqualTo(3);
    }

    @Test
    void aLossOnAFullDiskIsReportedWhenItHasRoomAgain() throws Exception {
        try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
            LimitedDisk disk = new LimitedDisk(full);
            AsyncLineWriter writer = start(disk, 1 << 20, LONG);
            writer.offer("lost\nlost\n".getBytes(StandardCharsets.UTF_8), 2);
            await().atMost(LONG).until(() -> writer.droppedLines() == 2);
            writer.offer("lost too\n".getBytes(StandardCharsets.UTF_8), 1);
            await().atMost(LONG).until(() -> writer.droppedLines() == 3);
            disk.to = pipe;
            writer.offer("{}\n".getBytes(StandardCharsets.UTF_8), 1);
            writer.close();
            List<String> lines = read();
            assertThat(lines).hasSize(2).last().isEqualTo("{}");
            assertThat(lines.getFirst())
                    .contains("\"message\":\"3 lines of output were dropped: the pipe ")
                    .endsWith(",\"dropped_lines\":3,\"dropped_bytes\":19}");
            assertThat(writer.droppedLines()).isEqualTo(3);
        }
    }

    @Test
    void aLineCutByAFailedWriteIsEndedBeforeTheNextOne() throws Exception {
        LimitedDisk disk = new LimitedDisk(pipe);
        disk.room.set(10);
        AsyncLineWriter writer = start(disk, 1 << 20, LONG);
        writer.offer("{\"a\":1}\n{\"b\":2}\n".getBytes(StandardCharsets.UTF_8), 2);
        await().atMost(LONG).until(() -> writer.droppedLines() == 1);
        disk.room.set(Integer.MAX_VALUE);
        writer.offer("{}\n".getBytes(StandardCharsets.UTF_8), 1);
        writer.close();
        List<String> lines = read();
        assertThat(lines).hasSize(4).startsWith("{\"a\":1}", "{\"").endsWith("{}");
        assertThat(lines.get(2)).endsWith("\"dropped_lines\":1,\"dropped_bytes\":6}");
    }

    /** A file system with a limited amount of room that can be raised. */
    private static final class LimitedDisk implements WritableByteChannel {
        private volatile FileChannel to;
        private final AtomicInteger room = new AtomicInteger(Integer.MAX_VALUE);

        private LimitedDisk(FileChannel to) {
            this.to = to;
        }

        @Override
        public int write(java.nio.ByteBuffer bytes) throws IOException {
            if (room.get() == 0) {
                throw new IOException("no room");
            }
            int length = to.write(bytes.slice(bytes.position(), Math.min(room.get(), bytes.remaining())));
            bytes.position(bytes.position() + length);
            room.addAndGet(-length);
            return length;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void theStreamOfTheOwnLogPassesOnWholeLines() throws Exception {
        AsyncLineWriter writer = start(pipe, 1 << 20, LONG);
        try (PrintStream own = new PrintStream(writer.stream(), true, StandardCharsets.UTF_8)) {
            own.print("{\"message\":");
            writer.offer("{}\n".getBytes(StandardCharsets.UTF_8), 1);
            own.println("\"ä\"}");
            own.print("one\ntwo\n");
        }
        writer.close();
        assertThat(read()).containsExactly("{}", "{\"message\":\"ä\"}", "one", "two");
    }
}
