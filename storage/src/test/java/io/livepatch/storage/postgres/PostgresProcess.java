package io.livepatch.storage.postgres;

import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;

/** A program that puts, reads and verifies a patch of any size, and prints each result. */
final class PostgresProcess {
    private PostgresProcess() {}

    /** {@code <dsn> <spool> <size> <sha256>}. */
    public static void main(String[] arguments) throws Exception {
        PatchName name = Patches.name(0);
        long size = Long.parseLong(arguments[2]);
        Sha256 sha256 = new Sha256(arguments[3]);
        try (PooledDatabase pool = PooledDatabase.of(arguments[0], Path.of(arguments[1]), 2, Duration.ofMinutes(1));
                PatchStore store = pool.open()) {
            try (InputStream source = Patches.source(size, 1)) {
                System.out.println(
                        "stored " + store.put(name, source, sha256).patch().size());
            }
            try (PatchContent content = store.open(name).orElseThrow();
                    InputStream bytes = content.read(0, size)) {
                System.out.println("read " + Sha256.of(bytes));
            }
            System.out.println("verified " + store.verify(name).sha256());
        }
    }
}
