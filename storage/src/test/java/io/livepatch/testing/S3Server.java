package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.file.FileTrees;
import io.livepatch.storage.StorageConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A real S3 server (s3proxy over a directory) as a process on a free port of 127.0.0.1. It ends with the JVM that started it, also if that
 * is killed.
 *
 * <p>A start takes seconds: use {@link #shared()} with a bucket from {@link S3Account#newBucket}, and start another server only to kill or
 * restart it.
 */
public final class S3Server implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(1);
    // A child process outlives a killed JVM. The shell's input ends with the JVM, and the shell then kills the server.
    private static final String GUARD = "\"$@\" </dev/null & read -r _; kill -9 $!; wait $! 2>/dev/null";

    private final Path directory;
    private final S3Account account;
    private Process process;

    private S3Server(Path directory, S3Account account, Process process) {
        this.directory = directory;
        this.account = account;
        this.process = process;
    }

    private static final class Shared {
        static final S3Server SERVER = start();
    }

    /** The server that all test classes of this JVM share. Do not kill it. */
    public static S3Server shared() {
        return Shared.SERVER;
    }

    /** Starts a server. */
    public static S3Server start() {
        return start("http", "s3proxy.endpoint=");
    }

    /** Starts a server with TLS and the key of this PKCS #12 file. */
    public static S3Server startSecure(Path keyStore, String password) {
        return start(
                "https",
                "s3proxy.keystore-path=%s\ns3proxy.keystore-password=%s\ns3proxy.secure-endpoint="
                        .formatted(keyStore, password));
    }

    private static S3Server start(String scheme, String setting) {
        try {
            Path directory = Files.createTempDirectory("livepatch-s3");
            URI endpoint = URI.create(scheme + "://127.0.0.1:" + FreePorts.one());
            S3Account account = new S3Account(
                    endpoint, "us-east-1", true, new StorageConfig.S3.Keys("livepatch", "livepatch-secret"));
            configure(directory, setting + account.endpoint(), account);
            S3Server server = new S3Server(directory, account, launch(directory));
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            server.awaitAnswer();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void configure(Path directory, String endpoint, S3Account account) throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.writeString(
                directory.resolve("s3proxy.properties"),
                """
                %s
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=%s
                s3proxy.credential=%s
                jclouds.provider=filesystem-nio2
                jclouds.filesystem.basedir=%s
                """.formatted(endpoint, account.keys().access(), account.keys().secret(), data),
                UTF_8);
    }

    private static Process launch(Path directory) throws IOException {
        Path log = directory.resolve("log");
        return new ProcessBuilder(List.of(
                        "sh",
                        "-c",
                        GUARD,
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        // The server buffers request bodies, of up to 64 MiB, in memory.
                        "-Xmx320m",
                        "-jar",
                        jar().toString(),
                        "--properties",
                        directory.resolve("s3proxy.properties").toString()))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private void awaitAnswer() {
        try {
            await().atMost(START).ignoreExceptions().until(this::isListening);
        } catch (ConditionTimeoutException e) {
            throw new IllegalStateException("the S3 server does not answer; its log: " + log(), e);
        }
    }

    /** Whether the port is open. No request is sent, since this JVM does not trust the certificate of a test. */
    private boolean isListening() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(
                    InetAddress.ofLiteral("127.0.0.1"), account.endpoint().getPort()));
            return true;
        }
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("log"), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its address and keys. */
    public S3Account account() {
        return account;
    }

    /** The directory of the buckets: each is a directory, and each object a file. */
    public Path data() {
        return directory.resolve("data");
    }

    /** Sends SIGKILL, and returns when the process has ended. */
    public void kill() {
        try {
            process.getOutputStream().close();
            process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the S3 server ends", e);
        }
    }

    /** Starts it again after {@link #kill}, on the same port with the same data. */
    public void resume() {
        try {
            process = launch(directory);
            awaitAnswer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
        FileTrees.delete(directory);
    }

    /** Finds the jar, which the build of the module storage copies, from the directory of any module. */
    private static Path jar() {
        return Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
                .map(directory -> directory.resolve("storage/target/s3-server/s3proxy.jar"))
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "no storage/target/s3-server/s3proxy.jar: build the module storage with Maven"));
    }
}
