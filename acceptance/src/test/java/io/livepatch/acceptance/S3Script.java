package io.livepatch.acceptance;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A running {@code scripts/s3-server}; closing it ends the server. */
final class S3Script implements AutoCloseable {
    private final Process process;
    private final Path data;

    private S3Script(Process process, Path data) {
        this.process = process;
        this.data = data;
    }

    static S3Script start(Scripts scripts, int port, Path data) throws IOException {
        Path log = Files.createTempFile("s3-server", ".log");
        Process process = scripts.builder("s3-server", "--port", String.valueOf(port), "--data", data.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        await("an S3 server on port " + port).atMost(Duration.ofMinutes(1)).until(() -> {
            if (!process.isAlive()) {
                throw new AssertionError(Files.readString(log));
            }
            return answers(port);
        });
        return new S3Script(process, data);
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Number of stored patches. */
    long objects() throws IOException {
        try (var files = Files.walk(data)) {
            return files.filter(file -> file.toString().endsWith(".tar.bz2")).count();
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        process.onExit().join();
    }
}
