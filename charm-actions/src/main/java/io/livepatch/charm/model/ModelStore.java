package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.exec.PrivateFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.annotation.JsonAppend;
import tools.jackson.databind.json.JsonMapper;

/**
 * The model on disk: one JSON file, replaced whole and flushed before a change is visible to other threads, locked by its one
 * owner. The file of before the last change is kept beside it. Thread-safe.
 */
public final class ModelStore implements AutoCloseable {
    /**
     * The version of the file's format: 1 has no number. A change that an older build would misread, or that needs more than new fields with a
     * default, makes it grow.
     */
    static final int FORMAT = 2;

    private static final String FORMAT_FIELD = "format";

    private static final JsonMapper JSON = JsonMapper.builder()
            .addMixIn(Model.class, WithFormat.class)
            .enable(SerializationFeature.INDENT_OUTPUT)
            // The caller flushes the file to the disk and closes it.
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            // A number that an earlier release did not write is 0.
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    /** Writes the format in front of the model. */
    @JsonAppend(prepend = true, attrs = @JsonAppend.Attr(FORMAT_FIELD))
    private interface WithFormat {}

    /** The beginning of the file. */
    private record Header(int format) {}

    private final Disk disk;
    private final AtomicReference<Model> current;
    private volatile Consumer<Model> listener = _ -> {};
    private boolean closed;

    /** Where the model is kept. */
    public interface Disk {
        /** Replaces the model whole; it is durable when this returns. */
        void write(Model model);

        /** Releases the lock. */
        void close();
    }

    /** A store of a model that is already read. */
    public ModelStore(Disk disk, Model model) {
        this.disk = disk;
        this.current = new AtomicReference<>(model);
    }

    /**
     * Opens the model in this file, or an empty one when there is none.
     *
     * @throws CharmException if another process holds the lock, or the file cannot be read
     */
    public static ModelStore open(Path file, String subnet) {
        Path lock = file.resolveSibling(file.getFileName() + ".lock");
        try {
            FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new CharmException("model '" + file + "' is in use by another controller; stop that one first");
            }
            try {
                return new ModelStore(new LockedFile(file, channel), read(file).orElseGet(() -> Model.empty(subnet)));
            } catch (RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new CharmException("cannot open model '" + file + "': " + e.getMessage(), e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** The model before its last change. */
    public static Path previous(Path file) {
        return file.resolveSibling(file.getFileName() + ".previous");
    }

    /**
     * Reads the model without a lock, for views while no controller runs. Empty if the file does not exist. A model of an older format is
     * migrated; the file is when it is next written.
     *
     * @throws CharmException when the file cannot be read, or has a newer format
     */
    public static Optional<Model> read(Path file) {
        try {
            int format = read(file, Header.class).format();
            if (format > FORMAT) {
                throw new CharmException(
                        "model '" + file + "' has format " + format + ", and this build reads formats up to " + FORMAT
                                + ": a newer build has written it. Use that build, or restore a copy of the file from before");
            }
            // Format 2 has added the number alone, so a model of format 1 is read as it is.
            return Optional.of(read(file, Model.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + file + "': " + e.getMessage(), e);
        } catch (JacksonException e) {
            Path previous = previous(file);
            throw new CharmException(
                    "model '" + file + "' is damaged: " + e.getOriginalMessage() + "; "
                            + (Files.exists(previous)
                                    ? "the model before its last change is kept: cp -p '" + previous + "' '" + file
                                            + "'"
                                    : "restore it from a copy")
                            + ", or move it away to start with an empty model",
                    e);
        }
    }

    private static <T> T read(Path file, Class<T> type) throws IOException {
        // Streamed, because a value that an older version accepted may be nearly as large as the heap.
        try (InputStream in = Files.newInputStream(file)) {
            return JSON.readValue(in, type);
        }
    }

    public Model model() {
        return current.get();
    }

    /** Calls {@code listener} after each change, on the thread that made it. */
    public void onChange(Consumer<Model> value) {
        listener = value;
    }

    /**
     * Changes the model and returns the new one; an equal model is not written.
     *
     * @throws CharmException if the store is closed, or the model cannot be written; it stays as it was
     */
    public Model update(UnaryOperator<Model> change) {
        Model after;
        synchronized (this) {
            if (closed) {
                throw new CharmException("the model is closed");
            }
            Model before = current.get();
            after = change.apply(before);
            if (after.equals(before)) {
                return before;
            }
            disk.write(after);
            current.set(after);
        }
        listener.accept(after);
        return after;
    }

    /** Releases the lock. A call of a charm that ends later writes nothing: another controller may have changed the model. */
    @Override
    public synchronized void close() {
        closed = true;
        disk.close();
    }

    /** A JSON file, and the lock of its owner. */
    private record LockedFile(Path file, FileChannel lock) implements Disk {
        @Override
        public void write(Model model) {
            // Under another name until the write has succeeded, so that a failed write does not cost the older model.
            Path before = file.resolveSibling("." + file.getFileName() + ".before");
            keep(before);
            PrivateFile.write(file, out -> write(model, out), Optional.empty());
            publish(before);
        }

        private static void write(Model model, OutputStream out) throws IOException {
            try {
                JSON.writer().withAttribute(FORMAT_FIELD, FORMAT).writeValue(out, model);
            } catch (JacksonException e) {
                // Jackson wraps an exception of the stream, and adds the element that it was writing.
                Throwable cause = e;
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                if (cause instanceof IOException ofStream) {
                    throw ofStream;
                }
                throw e;
            }
        }

        /** By another name of the same file, which the next write replaces and does not change. */
        private void keep(Path before) {
            try {
                Files.deleteIfExists(before);
                if (Files.exists(file)) {
                    linkOrCopy(before);
                }
            } catch (IOException e) {
                throw new CharmException(
                        "cannot keep the model as '" + before + "' before it changes: " + e.getMessage()
                                + "; the model stays as it is",
                        e);
            }
        }

        private void publish(Path before) {
            try {
                if (Files.exists(before)) {
                    Files.move(before, previous(file), StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot rename '" + before + "': " + e.getMessage(), e);
            }
        }

        /** Some file systems, such as exFAT, have no links. */
        private void linkOrCopy(Path target) throws IOException {
            try {
                Files.createLink(target, file);
            } catch (FileSystemException | UnsupportedOperationException e) {
                Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }

        @Override
        public void close() {
            try {
                lock.close();
            } catch (IOException e) {
                throw new CharmException("cannot close the lock of '" + file + "': " + e.getMessage(), e);
            }
        }
    }
}
