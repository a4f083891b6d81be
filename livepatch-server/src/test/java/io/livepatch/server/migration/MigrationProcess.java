package io.livepatch.server.migration;

import static org.awaitility.Awaitility.await;

import io.livepatch.server.StorageCommand;
import io.livepatch.server.TwoStores;
import io.livepatch.server.config.Dsn;
import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.JavaCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;

/** {@code livepatch-server storage migrate --to postgres} as a process that blocks after some copies. */
final class MigrationProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String HELD = "held";

    private final Process process;
    private final Path output;

    private MigrationProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** The main method of the process; its arguments: the directory and the number of copies. */
    public static void main(String[] arguments) {
        AtomicInteger copies = new AtomicInteger(Integer.parseInt(arguments[1]));
        TwoStores two = new TwoStores(Path.of(arguments[0]), store -> new Stopping(store, copies));
        CommandLine command = new CommandLine(new StorageCommand(System.getenv(), _ -> two));
        System.exit(command.execute("migrate", "--to", "postgres"));
    }

    private record Stopping(PatchStore delegate, AtomicInteger copies) implements ForwardingPatchStore {
        @Override
        public PutResult put(PatchName name, InputStream source, Sha256 expected) {
            if (copies.getAndDecrement() == 0) {
                System.out.println(HELD);
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return delegate.put(name, source, expected);
        }
    }

    static MigrationProcess start(Dsn dsn, Path directory, int copies) throws IOException {
        Path output = Files.createTempFile("migration", ".log");
        ProcessBuilder builder = new ProcessBuilder(JavaCommand.testProgram(MigrationProcess.class, "-Xmx128m"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.command().addAll(List.of(directory.toString(), String.valueOf(copies)));
        builder.environment()
                .put(
                        "LP_DATABASE_CONNECTION_STRING",
                        "postgres://" + dsn.user() + ":" + dsn.password().reveal() + "@"
                                + dsn.hosts().getFirst() + "/" + dsn.database());
        builder.environment().put("LP_SERVER_URL_TEMPLATE", "http://127.0.0.1/v1/patches/{filename}");
        return new MigrationProcess(builder.start(), output);
    }

    void awaitHeld() {
        await("copies are made").atMost(PATIENCE).until(() -> {
            if (!process.isAlive()) {
                throw new AssertionError("it ended: " + output());
            }
            return output().contains(HELD);
        });
    }

    void kill() {
        process.destroyForcibly();
        exitCode();
    }

    int exitCode() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("it did not end: " + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        Files.delete(output);
    }
}
