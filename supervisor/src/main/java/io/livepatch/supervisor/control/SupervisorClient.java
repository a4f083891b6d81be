package io.livepatch.supervisor.control;

import io.livepatch.common.socket.JsonChannel;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.control.ControlMessage.Call;
import io.livepatch.supervisor.control.ControlMessage.Hello;
import io.livepatch.supervisor.control.ControlMessage.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * A client of a supervisor's control socket, which connects again by itself. It follows the states of all pools: {@link #pool} answers
 * from the last one that is known and never waits. Every other method fails within seconds when the supervisor is away or hangs. Thread-safe.
 */
public final class SupervisorClient implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SupervisorClient.class);

    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration PING = Duration.ofSeconds(2);
    /** For requests that the supervisor executes without waiting for a process. */
    private static final Duration CALL = Duration.ofSeconds(10);

    private final Path socket;
    private final AtomicLong ids = new AtomicLong();
    private final Map<String, PoolState> pools = new ConcurrentHashMap<>();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread = Thread.ofVirtual().name("supervisor client").unstarted(this::run);
    private volatile Connection connection = new Connection();
    /** Why the last connection was lost or not made, as a sentence. */
    private volatile String problem;

    private volatile boolean closed;

    private SupervisorClient(Path socket) {
        this.socket = socket;
        this.problem = text("it was not reached yet");
    }

    /** Begins to connect to the supervisor at this socket. */
    public static SupervisorClient open(Path socket) {
        SupervisorClient client = new SupervisorClient(socket);
        client.thread.start();
        return client;
    }

    /**
     * Waits until the states of all pools are known.
     *
     * @throws SupervisorException.Unavailable if that takes longer, or both sides speak no common version of the protocol
     */
    public void awaitConnected(Duration timeout) {
        await(connection.ready, timeout);
    }

    /** The process of the supervisor; empty while it does not answer. */
    public OptionalLong supervisor() {
        CompletableFuture<Hello> ready = connection.ready;
        return ready.isDone() && !ready.isCompletedExceptionally()
                ? OptionalLong.of(ready.join().pid())
                : OptionalLong.empty();
    }

    /** Why the supervisor does not answer; empty while it does. */
    public Optional<String> problem() {
        return supervisor().isPresent() ? Optional.empty() : Optional.of(problem);
    }

    /** The last known state of a pool, also while the supervisor does not answer. */
    public Optional<PoolState> pool(String name) {
        return Optional.ofNullable(pools.get(name));
    }

    /** The last known states of all pools. */
    public List<PoolState> pools() {
        return List.copyOf(pools.values());
    }

    /**
     * Calls a listener with the name of each pool whose state has changed, until the result is closed. It must not block.
     */
    public Subscription onChange(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Ends the calls of a listener. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Starts a pool, or changes the running one of that name. When this returns, {@link #pool} shows the new spec and which workers are
     * due for replacement.
     *
     * @param label is kept with the pool, for later clients
     * @param reload the signal for processes that the change leaves running and that have to read their inputs again
     */
    public void apply(PoolSpec spec, String label, Optional<String> reload) {
        call(new Request.Apply(spec, label, reload), CALL);
    }

    /** Begins to replace all workers of a pool, and starts those that are down. When this returns, {@link #pool} shows what is due. */
    public void recycle(String pool) {
        call(new Request.Recycle(pool), CALL);
    }

    /** Stops and removes a pool, and returns when its processes are gone. */
    public void stop(String pool) {
        Duration longest = pool(pool).map(state -> state.spec().longestStop()).orElse(Duration.ZERO);
        call(new Request.Stop(pool), longest.plus(CALL));
    }

    /** Makes the supervisor read its file again, and returns in words what has changed. */
    public String readFile() {
        return call(new Request.ReadFile(), CALL).orElse("");
    }

    /** The metrics of the supervisor and of all pools, in Prometheus' text format. */
    public String metrics() {
        return call(new Request.Metrics(), CALL).orElse("");
    }

    /** Whether a pool whose user changes keeps serving, which an older supervisor cannot do; false while there is no connection. */
    public boolean handsOverSockets() {
        CompletableFuture<Hello> ready = connection.ready;
        return ready.state() == Future.State.SUCCESS
                && ready.resultNow().protocol() >= ControlMessage.HANDS_OVER_SOCKETS;
    }

    /** Whether the supervisor is shutting down. */
    public boolean stopping() {
        return call(new Request.Ping(), CALL).filter("stopping"::equals).isPresent();
    }

    /** Makes the supervisor stop all workers and end. */
    public void shutdown() {
        call(new Request.Shutdown(), CALL);
    }

    private Optional<String> call(Request request, Duration timeout) {
        Connection now = connection;
        await(now.ready, ControlMessage.MAX_SILENCE);
        CompletableFuture<Optional<String>> reply = new CompletableFuture<>();
        long id = ids.incrementAndGet();
        now.replies.put(id, reply);
        try {
            now.send(new Call(id, request));
            return await(reply, timeout);
        } finally {
            now.replies.remove(id);
        }
    }

    private <T> T await(CompletableFuture<T> result, Duration timeout) {
        try {
            return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SupervisorException.Unavailable(problem);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case SupervisorException failure -> failure;
                case IOException lost -> new SupervisorException.Unavailable(text(String.valueOf(lost.getMessage())));
                case null, default -> new IllegalStateException(e.getCause());
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SupervisorException.Unavailable("interrupted while waiting for the supervisor");
        }
    }

    private String text(String why) {
        return "the supervisor at '%s' does not answer: %s".formatted(socket, why);
    }

    private void run() {
        while (!closed) {
            Connection now = connection;
            try {
                now.serve();
                lost(now, text("it has closed the connection"));
            } catch (IOException | JacksonException e) {
                lost(now, text(String.valueOf(e.getMessage())));
            } catch (SupervisorException.Unavailable e) {
                // Both sides speak no common version: waiting would not help the callers.
                now.ready.completeExceptionally(e);
                lost(now, String.valueOf(e.getMessage()));
            }
            pause();
        }
    }

    /** A connection that was never ready is used again, since callers wait for it. */
    private void lost(Connection from, String why) {
        problem = why;
        if (from.ready.isDone()) {
            log.debug("lost the connection: {}", why);
            connection = new Connection();
        }
        from.replies.values().forEach(reply -> reply.completeExceptionally(new SupervisorException.Unavailable(why)));
    }

    private void pause() {
        try {
            Thread.sleep(RETRY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void changed(String pool) {
        listeners.forEach(listener -> listener.accept(pool));
    }

    /** A connection, or the attempts to make one. */
    private final class Connection {
        private final Map<Long, CompletableFuture<Optional<String>>> replies = new ConcurrentHashMap<>();
        /** Completes when the states of all pools are known. */
        private final CompletableFuture<Hello> ready = new CompletableFuture<>();

        private volatile @Nullable JsonChannel channel;

        void send(Call call) {
            JsonChannel open = channel;
            if (open == null) {
                throw new SupervisorException.Unavailable(text("not connected"));
            }
            var _ = await(open.sendAsync(call), CALL);
        }

        /** Connects, and receives until the connection is lost. */
        void serve() throws IOException {
            try (JsonChannel open = JsonChannel.connect(socket, ControlMessage.JSON)) {
                channel = open;
                Hello client = Hello.ofThisProgram(List.of());
                open.send(client);
                if (!(receive(open).orElse(null) instanceof Hello supervisor)) {
                    throw new IOException("what listens there is no supervisor");
                }
                Hello.requireCompatible(client, supervisor);
                long watch = ids.incrementAndGet();
                open.send(new Call(watch, new Request.Watch()));
                Thread pings = Thread.ofVirtual().name("supervisor pings").start(this::ping);
                try {
                    receiveAll(open, supervisor, watch);
                } finally {
                    pings.interrupt();
                }
            }
        }

        /** A supervisor without changes is silent, and so is one that hangs: pings tell one from the other. */
        private void ping() {
            try {
                while (!closed) {
                    Thread.sleep(PING);
                    send(new Call(ids.incrementAndGet(), new Request.Ping()));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (SupervisorException.Unavailable e) {
                log.trace("the receiver reports that the connection is lost", e);
            }
        }

        private void receiveAll(JsonChannel open, Hello supervisor, long watch) throws IOException {
            Set<String> first = new HashSet<>();
            Optional<ControlMessage> message = receive(open);
            while (message.isPresent()) {
                switch (message.get()) {
                    case ControlMessage.Pool(var state) -> {
                        pools.put(state.name(), state);
                        first.add(state.name());
                        changed(state.name());
                    }
                    case ControlMessage.Removed(var pool) -> {
                        pools.remove(pool);
                        changed(pool);
                    }
                    case ControlMessage.Done(var id, var text) -> {
                        if (id == watch) {
                            keepOnly(first);
                            ready.complete(supervisor);
                        }
                        reply(id).complete(text);
                    }
                    case ControlMessage.Failed failed -> reply(failed.id()).completeExceptionally(failed.exception());
                    case Hello _ -> log.debug("a second hello");
                }
                message = receive(open);
            }
        }

        private Optional<ControlMessage> receive(JsonChannel open) throws IOException {
            return open.receive(ControlMessage.class, ControlMessage.MAX_SILENCE);
        }

        /** Forgets the pools that were removed while there was no connection. */
        private void keepOnly(Set<String> present) {
            for (String pool : List.copyOf(pools.keySet())) {
                if (!present.contains(pool)) {
                    pools.remove(pool);
                    changed(pool);
                }
            }
        }

        private CompletableFuture<Optional<String>> reply(long id) {
            CompletableFuture<Optional<String>> waiting = replies.remove(id);
            return waiting == null ? new CompletableFuture<>() : waiting;
        }

        void close() {
            JsonChannel open = channel;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException e) {
                    log.debug("cannot close the connection to the supervisor", e);
                }
            }
        }
    }

    /** Ends the connection; the supervisor and its pools are not affected. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        connection.close();
    }
}
