package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A PostgreSQL server from the machine's installation, with its own port and directory, and with fsync on. It runs as the user
 * {@code postgres} if the tests run as root, and ends with the JVM at the latest.
 *
 * <p>A start takes about a second: test classes share {@link #shared()} and create a database with {@link #newDatabase()}; they start
 * a separate server only to stop, kill or restart it.
 */
public final class PostgresServer implements AutoCloseable {
    private static final String PASSWORD = "test-admin-password";
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Path binaries = binaries();
    private final Path directory;
    private final int port;

    private PostgresServer(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    private static final class Shared {
        static final PostgresServer SERVER = start();
    }

    /** The server that all test classes of this JVM share. Do not stop it. */
    public static PostgresServer shared() {
        return Shared.SERVER;
    }

    /** Creates and starts a server. */
    public static PostgresServer start() {
        try {
            Path directory = Files.createTempDirectory("livepatch-postgres");
            if (root()) {
                UserPrincipal postgres = directory
                        .getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName("postgres");
                Files.setOwner(directory, postgres);
            }
            PostgresServer server = new PostgresServer(directory, FreePorts.one());
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            server.initialise();
            server.resume();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void initialise() throws IOException {
        Path password = Files.createTempFile("livepatch-postgres", ".pw");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(password, PASSWORD, UTF_8);
        run(
                "initdb",
                "-D",
                data(),
                "-U",
                "postgres",
                "-A",
                "scram-sha-256",
                "--pwfile=" + password,
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N");
        Files.delete(password);
        // syncfs: otherwise recovery after a kill opens and syncs each of a thousand files, which takes seconds on a
        // busy
        // disk.
        Files.writeString(
                directory.resolve("data/postgresql.auto.conf"),
                "listen_addresses = '127.0.0.1'\nport = %d\nunix_socket_directories = '%s'\nmax_connections = 200\n"
                                .formatted(port, directory)
                        + "shared_buffers = '32MB'\nlog_min_messages = fatal\nrecovery_init_sync_method = 'syncfs'\n",
                UTF_8);
    }

    /** Starts the server again after {@link #stop} or {@link #kill}, on the same port with the same data. */
    public void resume() {
        run("pg_ctl", "-D", data(), "-l", directory.resolve("log").toString(), "-w", "-t", "60", "start");
    }

    /** Stops the server cleanly: ends sessions and flushes all data. */
    public void stop() {
        run("pg_ctl", "-D", data(), "-m", "fast", "-w", "stop");
    }

    /** Kills postmaster and backends, like a crash. */
    public void kill() {
        List<ProcessHandle> all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
    }

    /** Suspends all processes until {@link #thaw}: connections stay open, and get no answers. */
    public void freeze() {
        signal("-STOP");
    }

    /** Resumes all processes. */
    public void thaw() {
        signal("-CONT");
    }

    private void signal(String signal) {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        processes().forEach(process -> command.add(String.valueOf(process.pid())));
        execute(command);
    }

    private List<ProcessHandle> processes() {
        try {
            long postmaster = Long.parseLong(
                    Files.readAllLines(directory.resolve("data/postmaster.pid")).getFirst());
            ProcessHandle handle = ProcessHandle.of(postmaster).orElseThrow();
            return Stream.concat(Stream.of(handle), handle.descendants()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The content of the server's log. */
    public String log() {
        try {
            return Files.readString(directory.resolve("log"), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Creates an empty database with a unique name, and returns its DSN. */
    public String newDatabase() {
        String name = "t" + ProcessHandle.current().pid() + "_" + DATABASES.incrementAndGet();
        psql("postgres", "create database " + name);
        return dsn(name);
    }

    /** The DSN of a database as superuser: {@code postgres://user:password@host:port/database}. */
    public String dsn(String database) {
        return "postgres://postgres:" + PASSWORD + "@127.0.0.1:" + port + "/" + database;
    }

    /** Runs one statement with psql through the server's socket, and returns the output, unaligned and without headers. */
    public String psql(String database, String sql) {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "PGPASSWORD=" + PASSWORD,
                binaries.resolve("psql").toString(),
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-p",
                String.valueOf(port),
                "-U",
                "postgres",
                "-d",
                database,
                "-c",
                sql));
        return execute(command);
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        if (!Files.exists(directory)) {
            return;
        }
        if (Files.exists(directory.resolve("data/postmaster.pid"))) {
            run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
        }
        FileTrees.delete(directory);
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (root()) {
            command.addAll(
                    List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env", "--"));
        }
        command.add(binaries.resolve(program).toString());
        command.addAll(Arrays.asList(arguments));
        execute(command);
    }

    private String execute(List<String> command) {
        try {
            // To a file: the daemon that pg_ctl starts would keep a pipe open.
            Path output = Files.createTempFile("livepatch-postgres", ".out");
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            int exit = process.waitFor();
            String printed = Files.readString(output, UTF_8).strip();
            Files.delete(output);
            if (exit != 0) {
                throw new IllegalStateException(command + " exited with " + exit + ": " + printed);
            }
            return printed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted during " + command.getFirst(), e);
        }
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static Path binaries() {
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.max(Comparator.comparing(
                            path -> Integer.valueOf(path.getFileName().toString())))
                    .map(path -> path.resolve("bin"))
                    .orElseThrow(() -> new IllegalStateException("no PostgreSQL: apt-get install postgresql"));
        } catch (IOException e) {
            throw new UncheckedIOException("no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql", e);
        }
    }
}
