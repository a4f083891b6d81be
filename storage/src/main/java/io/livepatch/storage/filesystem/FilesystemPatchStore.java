package io.livepatch.storage.filesystem;

import io.livepatch.common.file.AtomicFile;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.storage.disk.DigestingCopy;
import io.livepatch.storage.disk.Disk;
import io.livepatch.storage.disk.FileContent;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Stores patches in a directory of a local disk. A lock on the directory admits one unit at a time, with any number of processes and
 * threads.
 */
public final class FilesystemPatchStore implements PatchStore {
    /** A put retries when the patch that held its name is deleted. */
    private static final int PUBLISH_ATTEMPTS = 100;

    private static final String LOST =
            "has lost its lock file: it was removed, replaced or unmounted; restore it and restart the unit";

    private final PatchDirectory directory;
    private final UnitLock lock;
    private final AtomicBoolean closed = new AtomicBoolean();

    private FilesystemPatchStore(PatchDirectory directory, UnitLock lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Opens the store, creating its directory if it is absent, and removes the unfinished files of dead processes.
     *
     * @throws StoreException.Locked if another unit has it open
     * @throws StoreException.Unavailable if the directory cannot be used
     */
    public static PatchStore open(StorageConfig.Filesystem config) {
        PatchDirectory directory =
                new PatchDirectory(config.directory().toAbsolutePath().normalize());
        try {
            directory.create();
            UnitLock lock = UnitLock.acquire(directory.lockFile(), config.owner(), directory::removeAbandoned);
            return new FilesystemPatchStore(directory, lock);
        } catch (IOException e) {
            throw Disk.failure("opening the patch store", directory.root(), e);
        }
    }

    @Override
    public PutResult put(PatchName name, InputStream source, Sha256 expected) {
        // The lock is retained for the whole put. Otherwise a concurrent close would release the slot of this process,
        // and a sibling would delete the staged files as those of a dead process.
        try (UnitLock held = retainLock()) {
            Optional<PatchDirectory.Stored> existing = directory.find(name);
            if (existing.isPresent()) {
                Patch offered = DigestingCopy.copy(name, source, expected, FilesystemPatchStore::discard);
                return alreadyStored(name, existing.get(), offered);
            }
            Path staging = directory.incoming().resolve(held.newStagingName());
            try (StagedPatch stagedPatch = StagedPatch.create(name, expected, staging)) {
                return publish(name, stagedPatch, stagedPatch.write(source));
            }
        } catch (IOException e) {
            throw Disk.failure("storing patch '" + name + "'", directory.root(), e);
        }
    }

    private PutResult publish(PatchName name, StagedPatch stagedPatch, Patch patch) throws IOException {
        requireIntact();
        for (int i = 0; i < PUBLISH_ATTEMPTS; i++) {
            if (directory.publish(stagedPatch.directory(), name)) {
                AtomicFile.syncDirectory(directory.root());
                return new PutResult(patch, true);
            }
            Optional<PatchDirectory.Stored> winner = directory.find(name);
            if (winner.isPresent()) {
                return alreadyStored(name, winner.get(), patch);
            }
            // Either the existing patch has been deleted since, or the path is not that of a stored patch.
        }
        throw new StoreException.Unavailable(
                "patch '" + name + "' cannot be stored: '" + directory.pathOf(name)
                        + "' exists and is not a patch that was stored here; move it away, and import it with"
                        + " 'livepatch-admin patch add' if it should be one",
                null);
    }

    private PutResult alreadyStored(PatchName name, PatchDirectory.Stored existing, Patch offered) throws IOException {
        if (!existing.sha256().equals(offered.sha256())) {
            throw new StoreException.Conflict(name, existing.sha256(), offered.sha256());
        }
        // This put promises durability too, and the put that published the patch may not have synced the directory yet.
        AtomicFile.syncDirectory(directory.root());
        return new PutResult(offered, false);
    }

    private static int discard(ByteBuffer bytes) {
        int count = bytes.remaining();
        bytes.position(bytes.limit());
        return count;
    }

    @Override
    public Optional<PatchContent> open(PatchName name) {
        try (UnitLock _ = retainLock()) {
            return openFile(name).map(content -> content);
        } catch (IOException e) {
            throw Disk.failure("opening patch '" + name + "'", directory.root(), e);
        }
    }

    private Optional<FileContent> openFile(PatchName name) throws IOException {
        Optional<PatchDirectory.Stored> stored = directory.find(name);
        if (stored.isEmpty()) {
            requireIntact();
            return Optional.empty();
        }
        try {
            return Optional.of(
                    FileContent.open(name, stored.get().file(), stored.get().sha256()));
        } catch (NoSuchFileException e) {
            // Deleted after it was found.
            return Optional.empty();
        }
    }

    @Override
    public Stream<PatchName> list() {
        try (UnitLock _ = retainLock()) {
            requireIntact();
            return directory.candidates().stream().filter(this::isStored);
        } catch (IOException e) {
            throw Disk.failure("listing the patches", directory.root(), e);
        }
    }

    private boolean isStored(PatchName name) {
        try {
            return directory.find(name).isPresent();
        } catch (IOException e) {
            throw Disk.failure("listing patch '" + name + "'", directory.root(), e);
        }
    }

    @Override
    public boolean delete(PatchName name) {
        try (UnitLock _ = retainLock()) {
            Optional<PatchDirectory.Stored> stored = directory.find(name);
            if (stored.isEmpty()) {
                requireIntact();
                return false;
            }
            boolean removed = directory.remove(name, stored.get());
            AtomicFile.syncDirectory(directory.root());
            return removed;
        } catch (IOException e) {
            throw Disk.failure("deleting patch '" + name + "'", directory.root(), e);
        }
    }

    @Override
    public Patch verify(PatchName name) {
        try (UnitLock _ = retainLock();
                FileContent content = openFile(name)
                        .orElseThrow(
                                () -> new StoreException.NotFound(name, "patch store '" + directory.root() + "'"))) {
            Patch patch = content.patch();
            try (InputStream bytes = content.read(0, patch.size())) {
                Sha256 actual = Sha256.of(bytes);
                if (!actual.equals(patch.sha256())) {
                    throw new StoreException.Corrupt(name, patch.sha256(), actual, "'" + content.path() + "'");
                }
                return patch;
            }
        } catch (IOException e) {
            throw Disk.failure("verifying patch '" + name + "'", directory.root(), e);
        }
    }

    @Override
    public Optional<URI> directUrl(PatchName name, Duration ttl) {
        requireOpen();
        return Optional.empty();
    }

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    public StoreHealth check() {
        requireOpen();
        if (!lock.intact()) {
            return problem(LOST);
        }
        if (!Files.isWritable(directory.root()) || !Files.isWritable(directory.incoming())) {
            return problem("is not writable for user '" + System.getProperty("user.name")
                    + "': check its owner and whether the disk is mounted read-only");
        }
        return StoreHealth.OK;
    }

    private StoreHealth problem(String description) {
        return StoreHealth.unavailable("patch store '" + directory.root() + "' " + description);
    }

    private UnitLock retainLock() {
        requireOpen();
        return lock.retain();
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the patch store '" + directory.root() + "' is closed");
        }
    }

    /** An unmounted disk looks like an empty directory, and must not be reported as an empty store. */
    private void requireIntact() {
        if (!lock.intact()) {
            throw new StoreException.Unavailable("patch store '" + directory.root() + "' " + LOST, null);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            lock.close();
        }
    }
}
