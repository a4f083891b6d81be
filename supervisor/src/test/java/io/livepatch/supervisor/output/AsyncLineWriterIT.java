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

/** With a real pipe, whose reader is another process that can be stopped, continued and killed. */
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

    private AsyncLineWriter outlet(WritableByteChannel to, int backlog, Duration lastWords) {
        AsyncLineWriter asyncLineWriter =
                new AsyncLineWriter("the pipe", to, backlog, lastWords, InstantSource.system());
        asyncLineWriter.start();
        return asyncLineWriter;
    }

    private List<String> read() throws IOException, InterruptedException {
        pipe.close();
        assertThat(reader.waitFor()).isZero();
        return Files.readAllLines(folder.resolve("read"));
    }

    /** All write as much as they can from threads of their own, to both streams; returns when all have. */
    private static void writeAtOnce(OutputFactory outputFactory) throws InterruptedException {
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            PoolSpec spec = PoolSpec.of("pool", List.of("/bin/true")).build();
            WorkerOutput output = outputFactory.open(spec, "pool-" + i, i);
            writers.add(Thread.ofPlatform().start(() -> write(output)));
        }
        for (Thread writer : writers) {
            assertThat(writer.join(LONG)).as("a writer is not blocked").isTrue();
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
            // In two calls, so that chunks end in the middle of lines.
            output.out(bytes, bytes.length / 2);
            byte[] rest = java.util.Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length);
            output.out(rest, rest.length);
        }
        output.close();
    }

    /** Answers how many lines came, and how many are said to be lost; fails when any is torn or out of order. */
    private static long[] verify(List<String> lines) {
        Map<String, Integer> last = new HashMap<>();
        long came = 0;
        long lost = 0;
        for (String line : lines) {
            JsonNode json = JsonMapper.shared().readTree(line);
            if (json.has("dropped_lines")) {
                lost += json.get("dropped_lines").asLong();
                continue;
            }
            came++;
            int number = Integer.parseInt(json.get("message").asString());
            Integer before = last.put(json.get("worker_id").asString(), number);
            assertThat(before == null || before < number).as(line).isTrue();
        }
        return new long[] {came, lost};
    }

    @Test
    void nothingIsLostWhileTheReaderReads() throws Exception {
        AsyncLineWriter asyncLineWriter = outlet(pipe, 64 << 20, LONG);
        OutputFactory outputFactory =
                new OutputFactory(asyncLineWriter, asyncLineWriter, OutputLimits.DEFAULT, InstantSource.system());
        writeAtOnce(outputFactory);
        asyncLineWriter.close();
        long all = (long) WRITERS * CHUNKS * LINES_PER_CHUNK;
        assertThat(verify(read())).containsExactly(all, 0);
        assertThat(outputFactory.counts().lines()).isEqualTo(all);
        assertThat(outputFactory.counts().droppedLines()).isZero();
    }

    @Test
    void aStoppedReaderStallsNobodyAndIsToldWhatItMissed() throws Exception {
        signal("STOP");
        AsyncLineWriter asyncLineWriter = outlet(pipe, 256 << 10, LONG);
        OutputFactory outputFactory =
                new OutputFactory(asyncLineWriter, asyncLineWriter, OutputLimits.DEFAULT, InstantSource.system());
        writeAtOnce(outputFactory);
        long dropped = outputFactory.counts().droppedLines();
        assertThat(dropped).isPositive();
        assertThat(outputFactory.counts().droppedBytes()).isGreaterThan(dropped);
        signal("CONT");
        asyncLineWriter.close();
        long all = (long) WRITERS * CHUNKS * LINES_PER_CHUNK;
        assertThat(verify(read())).containsExactly(all - dropped, dropped);
        assertThat(outputFactory.counts().lines()).isEqualTo(all);
        assertThat(outputFactory.counts().droppedLines()).isEqualTo(dropped);
    }

    @Test
    void aReaderThatIsGoneStallsNobodyAndAllIsCounted() throws Exception {
        reader.destroyForcibly().waitFor();
        AsyncLineWriter asyncLineWriter = outlet(pipe, 64 << 20, LONG);
        OutputFactory outputFactory =
                new OutputFactory(asyncLineWriter, asyncLineWriter, OutputLimits.DEFAULT, InstantSource.system());
        writeAtOnce(outputFactory);
        asyncLineWriter.close();
        assertThat(outputFactory.counts().droppedLines()).isEqualTo((long) WRITERS * CHUNKS * LINES_PER_CHUNK);
        assertThat(outputFactory.recent("pool-49")).isNotEmpty();
    }

    @Test
    void closingDoesNotWaitForAStoppedReader() throws Exception {
        signal("STOP");
        AsyncLineWriter asyncLineWriter = outlet(pipe, 1 << 20, Duration.ofMillis(50));
        byte[] line = ("x".repeat(1 << 18) + "\n").getBytes(StandardCharsets.UTF_8);
        asyncLineWriter.offer(line, 1);
        asyncLineWriter.offer(line, 1);
        Thread closing = Thread.ofPlatform().start(asyncLineWriter::close);
        assertThat(closing.join(LONG)).isTrue();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(asyncLineWriter.droppedLines()).isEqualTo(2));
        asyncLineWriter.offer(line, 1);
        assertThat(asyncLineWriter.droppedLines()).isEqualTo(3);
    }

    @Test
    void aDiskThatHasRoomAgainIsToldWhatItMissed() throws Exception {
        try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
            Fickle disk = new Fickle(full);
            AsyncLineWriter asyncLineWriter = outlet(disk, 1 << 20, LONG);
            asyncLineWriter.offer("lost\nlost\n".getBytes(StandardCharsets.UTF_8), 2);
            await().atMost(LONG).until(() -> asyncLineWriter.droppedLines() == 2);
            asyncLineWriter.offer("lost too\n".getBytes(StandardCharsets.UTF_8), 1);
            await().atMost(LONG).until(() -> asyncLineWriter.droppedLines() == 3);
            disk.to = pipe;
            asyncLineWriter.offer("{}\n".getBytes(StandardCharsets.UTF_8), 1);
            asyncLineWriter.close();
            List<String> lines = read();
            assertThat(lines).hasSize(2).last().isEqualTo("{}");
            assertThat(lines.getFirst())
                    .contains("\"message\":\"3 lines of output were dropped: the pipe ")
                    .endsWith(",\"dropped_lines\":3,\"dropped_bytes\":19}");
            assertThat(asyncLineWriter.droppedLines()).isEqualTo(3);
        }
    }

    @Test
    void aLineThatWasCutByAFailureIsEndedBeforeAnyOther() throws Exception {
        Fickle disk = new Fickle(pipe);
        disk.room.set(10);
        AsyncLineWriter asyncLineWriter = outlet(disk, 1 << 20, LONG);
        asyncLineWriter.offer("{\"a\":1}\n{\"b\":2}\n".getBytes(StandardCharsets.UTF_8), 2);
        await().atMost(LONG).until(() -> asyncLineWriter.droppedLines() == 1);
        disk.room.set(Integer.MAX_VALUE);
        asyncLineWriter.offer("{}\n".getBytes(StandardCharsets.UTF_8), 1);
        asyncLineWriter.close();
        List<String> lines = read();
        assertThat(lines).hasSize(4).startsWith("{\"a\":1}", "{\"").endsWith("{}");
        assertThat(lines.get(2)).endsWith("\"dropped_lines\":1,\"dropped_bytes\":6}");
    }

    /** A file system that has so much room, and comes back. */
    private static final class Fickle implements WritableByteChannel {
        private volatile FileChannel to;
        private final AtomicInteger room = new AtomicInteger(Integer.MAX_VALUE);

        private Fickle(FileChannel to) {
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
    void theSupervisorsOwnLogIsPassedOnInWholeLines() throws Exception {
        AsyncLineWriter asyncLineWriter = outlet(pipe, 1 << 20, LONG);
        try (PrintStream own = new PrintStream(asyncLineWriter.stream(), true, StandardCharsets.UTF_8)) {
            own.print("{\"message\":");
            asyncLineWriter.offer("{}\n".getBytes(StandardCharsets.UTF_8), 1);
            own.println("\"ä\"}");
            own.print("one\ntwo\n");
        }
        asyncLineWriter.close();
        assertThat(read()).containsExactly("{}", "{\"message\":\"ä\"}", "one", "two");
    }
}
