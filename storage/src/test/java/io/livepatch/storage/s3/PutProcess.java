package io.livepatch.storage.s3;

import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StorageConfig;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.S3Account;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** A program that puts a large patch with a heap of 48 MiB. */
final class PutProcess {
    private PutProcess() {}

    /** {@code <endpoint> <region> <access key> <secret> <bucket> <spool> <size>}. */
    public static void main(String[] arguments) throws IOException {
        S3Account account = new S3Account(
                URI.create(arguments[0]), arguments[1], true, new StorageConfig.S3.Keys(arguments[2], arguments[3]));
        int size = Integer.parseInt(arguments[6]);
        try (PatchStore store = S3PatchStore.open(account.config(arguments[4], "", Path.of(arguments[5])));
                InputStream source = Patches.source(size, 1)) {
            store.put(Patches.name(0), source, Patches.sha256(size, 1));
        }
    }

    static Process start(S3Account account, String bucket, Path spool, int size) throws IOException {
        List<String> command = JavaCommand.testProgram(PutProcess.class, "-Xmx48m");
        command.addAll(List.of(
                account.endpoint().toString(),
                account.region(),
                account.keys().access(),
                account.keys().secret(),
                bucket,
                spool.toString(),
                String.valueOf(size)));
        return new ProcessBuilder(command).inheritIO().start();
    }
}
