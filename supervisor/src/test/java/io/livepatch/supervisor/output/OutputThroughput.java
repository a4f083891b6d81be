package io.livepatch.supervisor.output;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * A benchmark of the lines of 200 bytes that the output of one worker can pass on in a second, without the pipes. Run it with the test
 * class path, on one core for a figure per core.
 */
final class OutputThroughput {

    private static final int LENGTH = 200;
    private static final int CHUNK = 64 << 10;
    private static final Duration ROUND = Duration.ofSeconds(2);
    private static final int ROUNDS = 4;

    private OutputThroughput() {}

    public static void main(String[] args) throws IOException {
        String object =
                "{\"time\":\"2026-01-31T12:00:00.000Z\",\"level\":\"info\",\"status\":200,\"took_ms\":1.25,\"path\":\"";
        String text = "127.0.0.1 - - [31/Jan/2026:12:00:00 +0000] \"GET /v1/patches/lp-5.15.0-91 HTTP/1.1\" 200 ";
        for (int i = 0; i < ROUNDS; i++) {
            measure("plain", text + "x".repeat(LENGTH - 1 - text.length()) + "\n", System.out);
            measure("JSON", object + "x".repeat(LENGTH - 3 - object.length()) + "\"}\n", System.out);
        }
    }

    private static void measure(String what, String line, PrintStream report) throws IOException {
        byte[] chunk = line.repeat(CHUNK / LENGTH).getBytes(StandardCharsets.UTF_8);
        try (FileChannel nowhere = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE);
                AsyncLineWriter writer = new AsyncLineWriter(what, nowhere, 8 << 20, ROUND, InstantSource.system())) {
            writer.start();
            OutputFactory factory = new OutputFactory(writer, writer, OutputLimits.DEFAULT, InstantSource.system());
            WorkerOutput worker =
                    factory.open(PoolSpec.of("web", List.of("/bin/true")).build(), "web-0", 0);
            long start = System.nanoTime();
            while (System.nanoTime() - start < ROUND.toNanos()) {
                worker.out(chunk, chunk.length);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            OutputCounts counts = factory.counts();
            report.printf("%s: %,.0f lines/s, %d dropped%n", what, counts.lines() / seconds, counts.droppedLines());
            worker.close();
        }
    }
}
