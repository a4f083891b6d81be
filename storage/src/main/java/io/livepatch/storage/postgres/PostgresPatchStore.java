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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Stores patches in tables of a PostgreSQL database, which may have other uses too. Any number of units may use it at once.
 */
public final class PostgresPatchStore implements PatchStore {
    private static final int NAMES_PER_PAGE = 1000;
    private static final int CHECK_TIMEOUT_SECONDS = 2;

    private final StorageConfig.Postgres config;
    private final Chunking chunking;
    private final ConnectionRetry connectionRetry;
    private final ChunkReader chunkReader;
    private final AtomicBoolean closed = new AtomicBoolean();

    private PostgresPatchStore(StorageConfig.Postgres config, Chunking chunking) {
        this.config = config;
        this.chunking = chunking;
        this.connectionRetry = new ConnectionRetry(config.source(), config.address());
        this.chunkReader = new ChunkReader(connectionRetry, chunking.readAhead());
    }

    /**
     * How patches are divided into rows.
     *
     * @param chunkSize of new patches, in bytes; a stored patch keeps the size it was stored with
     * @param readAhead how many bytes a reader fetches with one query and holds in memory, but at least one chunk
     */
    record Chunking(int chunkSize, int readAhead) {
        /** Measured, see docs/performance.md. */
        static final Chunking DEFAULT = new Chunking(256 * 1024, 1024 * 1024);
    }

    /** A stored patch. Holds no resources: each stream fetches its chunks when it needs them. */
    private record ChunkedContent(ChunkReader chunkReader, StoredPatch stored) implements PatchContent.Ranged {
        @Override
        public Patch patch() {
            return stored.patch();
        }

        @Override
        public InputStream read(long offset, long length) {
            Objects.checkFromIndexSize(offset, length, patch().size());
            return new ChunkStream(chunkReader, stored, offset, length).prefetch();
        }

        @Override
        public void close() {}
    }

    /**
     * Opens the store without a connection to the database, which may be down. The first put creates the tables.
     *
     * @throws StoreException.Unavailable if the spool directory cannot be used
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
            PutTransaction transaction = new PutTransaction(spool, config.spool(), chunking.chunkSize());
            return connectionRetry.inTransaction("storing patch '" + name + "'", transaction::run);
        }
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        return find("opening", name).map(stored -> new ChunkedContent(chunkReader, stored));
    }

    private Optional<StoredPatch> find(String operation, PatchName name) {
        requireOpen();
        return connectionRetry.query(
                operation + " patch '" + name + "'",
                Optional.empty(),
                connection -> StoredPatchTable.find(connection, name));
    }

    @Override
    public Stream<PatchName> list() {
        return Stream.iterate(namesAfter(""), names -> !names.isEmpty(), names -> namesAfter(names.getLast()))
                .flatMap(List::stream)
                .flatMap(name -> PatchName.find(name).stream());
    }

    private List<String> namesAfter(String last) {
        requireOpen();
        return connectionRetry.query(
                "listing the patches",
                List.of(),
                connection -> StoredPatchTable.namesAfter(connection, last, NAMES_PER_PAGE));
    }

    @Override
    public boolean delete(PatchName name) {
        // The query comes first, since missing tables are an empty store for a query, but an error in a transaction.
        return find("deleting", name).isPresent()
                && connectionRetry.inTransaction(
                        "deleting patch '" + name + "'", connection -> StoredPatchTable.delete(connection, name));
    }

    @Override
    public Patch verify(PatchName name) {
        StoredPatch stored = find("verifying", name)
                .orElseThrow(() -> new StoreException.NotFound(
                        name, "patch store '" + config.address().get() + "'"));
        chunkReader.verify(stored);
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
            return connection.isValid(CHECK_TIMEOUT_SECONDS)
                    ? StoreHealth.OK
                    : StoreHealth.unavailable("patch store '" + config.address().get()
                            + "' cannot be used: it does not answer; " + SqlFailure.UNREACHABLE);
        } catch (SQLException e) {
            return StoreHealth.of(SqlFailure.exception(
                    "checking the patch store", config.address().get(), e));
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException(
                    "the patch store '" + config.address().get() + "' is closed");
        }
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
