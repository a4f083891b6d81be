package io.livepatch.server.migration;

import io.livepatch.server.StorageCommand;
import io.livepatch.server.TwoStores;
import io.livepatch.server.config.Dsn;
import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.LoggedProcess;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;

/** {@code livepatch-server storage migrate --to postgres} as a process that blocks after some copies. */
final class MigrationProcess {
    /** Printed when the process blocks. */
    static final String BLOCKED = "the test blocks this copy";

    private MigrationProcess() {}

    /** The main method of the process; its arguments: the directory and the number of copies. */
    public static void main(String[] arguments) {
        AtomicInteger copies = new AtomicInteger(Integer.parseInt(arguments[1]));
        TwoStores two = new TwoStores(Path.of(arguments[0]), store -> new BlockingStore(store, copies));
        CommandLine command = new CommandLine(new StorageCommand(System.getenv(), _ -> two));
        System.exit(command.execute("migrate", "--to", "postgres"));
    }

    private record BlockingStore(PatchStore delegate, AtomicInteger copies) implements ForwardingPatchStore {
        @Override
        public PutResult put(PatchName name, InputStream source, Sha256 expected) {
            if (copies.getAndDecrement() == 0) {
                System.out.println(BLOCKED);
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return delegate.put(name, source, expected);
        }
    }

    static LoggedProcess start(Dsn dsn, Path directory, int copies) {
        ProcessBuilder builder = new ProcessBuilder(JavaCommand.testProgram(MigrationProcess.class, "-Xmx128m"));
        builder.command().addAll(List.of(directory.toString(), String.valueOf(copies)));
        builder.environment()
                .put(
                        "LP_DATABASE_CONNECTION_STRING",
                        "postgres://" + dsn.user() + ":" + dsn.password().reveal() + "@"
                                + dsn.hosts().getFirst() + "/" + dsn.database());
        builder.environment().put("LP_SERVER_URL_TEMPLATE", "http://127.0.0.1/v1/patches/{filename}");
        return LoggedProcess.start(builder);
    }
}
