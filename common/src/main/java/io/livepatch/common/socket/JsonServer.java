package io.livepatch.common.socket;

import io.livepatch.common.file.AtomicFile;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Listens on a Unix-domain socket that only its user can open. A lock on the file {@code <socket>.lock} is held until {@link #close}, so
 * one process at a time serves a socket, and the file of an ended process is replaced.
 */
public final class JsonServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JsonServer.class);

    private final Path socket;
    private final ServerSocketChannel server;
    private final FileChannel lock;
    private final JsonMapper json;
    private final Limits limits;

    /**
     * What clients may take.
     *
     * @param connections open at once
     * @param requestCharacters of each received value
     */
    public record Limits(int connections, int requestCharacters) {}

    /** Serves one connection, on a virtual thread of its own. */
    public interface Handler {
        /** Returns when the connection can be closed. */
        void serve(JsonChannel channel) throws IOException;

        /** What a client gets that is refused, for the reason in {@code message}. */
        Object refusal(String message);
    }

    private JsonServer(Path socket, ServerSocketChannel server, FileChannel lock, JsonMapper json, Limits limits) {
        this.socket = socket;
        this.server = server;
        this.lock = lock;
        this.json = json;
        this.limits = limits;
    }

    /**
     * Listens; clients are answered from {@link #serve} on.
     *
     * @throws IOException if another process serves this socket, or it cannot be bound
     */
    public static JsonServer bind(Path socket, JsonMapper json, Limits limits) throws IOException {
        FileChannel lock = FileChannel.open(lockFile(socket), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            if (!locked(lock)) {
                throw new IOException("another process serves '" + socket + "'"
                        + owner(socket).map(pid -> ": " + pid).orElse(""));
            }
            byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
            lock.truncate(0).write(ByteBuffer.wrap(pid), 0);
            bindPrivately(server, socket);
            return new JsonServer(socket, server, lock, json, limits);
        } catch (IOException | RuntimeException e) {
            server.close();
            lock.close();
            throw e;
        }
    }

    /** The id of the process that serves this socket, also while it hangs, or that served it last. */
    public static Optional<Long> owner(Path socket) {
        try {
            String text = Files.readString(lockFile(socket));
            return text.matches("[0-9]{1,10}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The file that is locked by the process that serves this socket, and contains its id. */
    public static Path lockFile(Path socket) {
        return socket.resolveSibling(socket.getFileName() + ".lock");
    }

    private static boolean locked(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /**
     * Java cannot set the umask, so a socket is bound with a mode that lets others connect. It gets its mode in a directory that others
     * cannot enter, and is then moved to its place.
     */
    private static void bindPrivately(ServerSocketChannel server, Path socket) throws IOException {
        // Not longer than the socket's own name, because the kernel limits the length of the path.
        Path directory = socket.resolveSibling("." + Integer.toHexString(socket.hashCode()));
        FileTrees.delete(directory);
        Files.createDirectory(directory, AtomicFile.PRIVATE_DIRECTORY);
        try {
            Path own = directory.resolve("s");
            server.bind(UnixDomainSocketAddress.of(own));
            Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rw-------"));
            Files.move(own, socket, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            FileTrees.delete(directory);
        }
    }

    /** Serves until {@link #close}; connections beyond the limit are refused. */
    public void serve(Handler handler) {
        Semaphore free = new Semaphore(limits.connections());
        try {
            while (true) {
                SocketChannel client = server.accept();
                boolean admitted = free.tryAcquire();
                Thread.ofVirtual().name("client of " + socket.getFileName()).start(() -> {
                    try (JsonChannel channel = new JsonChannel(client, json, limits.requestCharacters())) {
                        if (admitted) {
                            handler.serve(channel);
                        } else {
                            channel.send(handler.refusal("too many connections at once: " + limits.connections()
                                    + " are open; repeat the command when others have ended"));
                        }
                    } catch (IOException e) {
                        LOG.debug("a client closed its connection", e);
                    } catch (RuntimeException e) {
                        LOG.error("cannot serve a client of '{}'", socket, e);
                    } finally {
                        if (admitted) {
                            free.release();
                        }
                    }
                });
            }
        } catch (ClosedChannelException e) {
            LOG.debug("no longer listening at '{}'", socket);
        } catch (IOException e) {
            LOG.error("cannot accept connections at '{}'", socket, e);
        }
    }

    /** Stops listening: the next client finds no server. Open connections stay. */
    @Override
    public void close() throws IOException {
        if (server.isOpen()) {
            Files.deleteIfExists(socket);
            server.close();
            lock.close();
        }
    }
}
