package io.livepatch.storage.postgres;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.Disk;
import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Keeps patches in tables of a PostgreSQL database, its own or one that serves something else as well. Any number of units may use
 * it at once.
 */
public final class PostgresPatchStore implements PatchStore {
    private static final int PAGE = 1000;
    private static final int ANSWER_SECONDS = 2;

    private final StorageConfig.Postgres config;
    private final Chunking chunking;
    private final ConnectionRetry connectionRetry;
    private final Chunks chunks;
    private final AtomicBoolean closed = new AtomicBoolean();

    private PostgresPatchStore(StorageConfig.Postgres config, Chunking chunking) {
        this.config = config;
        this.chunking = chunking;
        this.connectionRetry = new ConnectionRetry(config.source(), config.place());
        this.chunks = new Chunks(connectionRetry, chunking.ahead());
    }

    /**
     * Opens the store, and asks the database nothing yet: it may be away. The tables are made by the first put.
     *
     * @throws StoreException.Unavailable if the directory for patches on their way in cannot be used
     */
    public static PatchStore open(StorageConfig.Postgres config) {
        return open(config, Chunking.DEFAULT);
    }

    static PatchStore open(StorageConfig.Postgres config, Chunking chunking) {
        try {
            Spool.sweep(config.spool());
            return new PostgresPatchStore(config, chunking);
        } catch (IOException e) {
            throw Disk.failure("opening the spool of the patch store", config.spool(), e);
        }
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        requireOpen();
        try (Spool spool = Spool.of(config.spool(), name, source, expected)) {
            Upload upload = new Upload(spool, config.spool(), chunking.size());
            return connectionRetry.change("storing patch '" + name + "'", upload::run);
        }
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        return find("opening", name).map(stored -> new ChunkedContent(chunks, stored));
    }

    private Optional<StoredPatch> find(String doing, PatchName name) {
        requireOpen();
        return connectionRetry.query(
                doing + " patch '" + name + "'", Optional.empty(), connection -> StoredPatchTable.find(connection, name));
    }

    @Override
    public Stream<PatchName> list() {
        return Stream.iterate(page(""), names -> !names.isEmpty(), names -> page(names.getLast()))
                .flatMap(List::stream)
                .flatMap(name -> PatchName.find(name).stream());
    }

    private List<String> page(String last) {
        requireOpen();
        return connectionRetry.query("listing the patches", List.of(), connection -> StoredPatchTable.after(connection, last, PAGE));
    }

    @Override
    public boolean delete(PatchName name) {
        // Asking first keeps the absence of tables, which is no error, out of the transaction.
        return find("deleting", name).isPresent()
                && connectionRetry.change("deleting patch '" + name + "'", connection -> StoredPatchTable.delete(connection, name));
    }

    @Override
    public Patch verify(PatchName name) {
        StoredPatch stored = find("verifying", name)
                .orElseThrow(() -> new StoreException.NotFound(name, "patch store '" + config.place() + "'"));
        chunks.verify(stored);
        return stored.patch();
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        requireOpen();
        return Optional.empty();
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public StoreHealth check() {
        requireOpen();
        try (Connection connection = config.source().getConnection()) {
            return connection.isValid(ANSWER_SECONDS)
                    ? StoreHealth.OK
                    : StoreHealth.unavailable("patch store '" + config.place()
                            + "' cannot be used: it does not answer; " + SqlFailure.UNREACHABLE);
        } catch (SQLException e) {
            return StoreHealth.of(SqlFailure.exception("checking the patch store", config.place(), e));
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the patch store '" + config.place() + "' is closed");
        }
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
