package io.livepatch.supervisor.control;

import io.livepatch.common.socket.JsonChannel;
import io.livepatch.common.socket.JsonServer;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.control.ControlMessage.Call;
import io.livepatch.supervisor.control.ControlMessage.Failed;
import io.livepatch.supervisor.control.ControlMessage.Hello;
import io.livepatch.supervisor.control.ControlMessage.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The supervisor's end of the control socket. Thread-safe. */
public final class ControlServer implements JsonServer.Handler, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);

    private static final JsonServer.Limits LIMITS = new JsonServer.Limits(32, ControlMessage.MAX_CHARACTERS);
    /** Requests of one connection that are executed at once; further ones wait in the socket. */
    private static final int MAX_CALLS = 64;

    private static final Hello HELLO = Hello.ofThisProgram(Request.names());

    private final AppliedPools applied;
    private final Daemon daemon;
    private final JsonServer server;
    private final List<Connection> watching = new CopyOnWriteArrayList<>();

    /** The other parts of the supervisor. */
    public interface Daemon {
        /** The pools of the file, and those that were applied. */
        List<Pool> pools();

        /** Reads the file again, and returns in words what has changed. */
        String readFile();

        /** In Prometheus' text format. */
        String metrics();

        /** Begins the shutdown. */
        void shutdown(String reason);

        boolean shuttingDown();
    }

    private ControlServer(AppliedPools applied, Daemon daemon, JsonServer server) {
        this.applied = applied;
        this.daemon = daemon;
        this.server = server;
    }

    /**
     * Listens and serves.
     *
     * @throws SupervisorException.Refused if another process serves the socket, or it cannot be bound
     */
    public static ControlServer start(Path socket, AppliedPools applied, Daemon daemon) {
        try {
            JsonServer server = JsonServer.bind(socket, ControlMessage.JSON, LIMITS);
            ControlServer control = new ControlServer(applied, daemon, server);
            applied.onChange(control::changed);
            Thread.ofVirtual().name("control socket").start(() -> server.serve(control));
            return control;
        } catch (IOException e) {
            throw new SupervisorException.Refused(
                    "cannot listen at '%s' for control requests: %s; end the supervisor that listens there, or change control.socket"
                            .formatted(socket, e.getMessage()));
        }
    }

    /** Reports changes of the file's pools to the clients. */
    public PoolEvent.Listener listener() {
        return new PoolEvent.Listener() {
            @Override
            public void onEvent(String pool, PoolEvent event) {
                changed(pool);
            }

            @Override
            public void workersChanged(String pool) {
                changed(pool);
            }
        };
    }

    private void changed(String pool) {
        watching.forEach(connection -> connection.changed(pool));
    }

    private Optional<Pool> pool(String name) {
        return daemon.pools().stream().filter(pool -> pool.name().equals(name)).findFirst();
    }

    private void recycle(String name) {
        if (!applied.recycle(name)) {
            var _ = pool(name)
                    .orElseThrow(() -> new SupervisorException.Refused("there is no pool '%s'".formatted(name)))
                    .recycleAll();
        }
    }

    private Optional<PoolState> state(String name) {
        return applied.state(name)
                .or(() -> pool(name)
                        .map(pool -> new PoolState(pool.spec(), "", pool.workers(), false, Optional.empty())));
    }

    @Override
    public void serve(JsonChannel channel) throws IOException {
        channel.send(HELLO);
        Connection connection = new Connection(channel);
        try {
            // A client's hello is for later versions of the protocol; whether both can talk is decided by the client.
            if (channel.receive(JsonNode.class, ControlMessage.MAX_SILENCE).isPresent()) {
                connection.serve();
            }
        } catch (JsonChannel.TooLong | JacksonException e) {
            channel.send(refusal(String.valueOf(e.getMessage())));
        } finally {
            connection.end();
        }
    }

    @Override
    public Object refusal(String message) {
        return new Failed(0, Failed.Kind.REFUSED, message);
    }

    /** Stops listening; open connections are served until this process ends. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            log.warn("cannot close the control socket", e);
        }
    }

    /** One client. A client that does not read keeps only the threads of its own connection waiting. */
    private final class Connection {
        private final JsonChannel channel;
        private final Semaphore calls = new Semaphore(MAX_CALLS);
        /** The pools whose present state has not been sent yet; guarded by itself. */
        private final Set<String> unsent = new LinkedHashSet<>();

        private boolean ended;

        Connection(JsonChannel channel) {
            this.channel = channel;
        }

        void serve() throws IOException {
            Optional<JsonNode> line = channel.receive(JsonNode.class);
            while (line.isPresent()) {
                JsonNode call = line.get();
                calls.acquireUninterruptibly();
                Thread.ofVirtual().name("control request").start(() -> {
                    try {
                        handle(call);
                    } catch (IOException e) {
                        log.debug("a client closed its connection", e);
                    } finally {
                        calls.release();
                    }
                });
                line = channel.receive(JsonNode.class);
            }
        }

        private void handle(JsonNode line) throws IOException {
            long id = line.path("id").asLong(0);
            try {
                Request request =
                        ControlMessage.JSON.treeToValue(line, Call.class).request();
                channel.send(new ControlMessage.Done(id, execute(request)));
                if (request instanceof Request.Shutdown) {
                    // After the reply: the process may end at any time from now on.
                    daemon.shutdown("requested at the control socket");
                }
            } catch (JacksonException e) {
                String name = line.path("request").path("request").asString("");
                channel.send(new Failed(
                        id,
                        Failed.Kind.UNSUPPORTED,
                        Request.names().contains(name)
                                ? "the request '%s' cannot be read: %s".formatted(name, e.getOriginalMessage())
                                : "the supervisor (process %d, version %s) does not know the request '%s'; it knows %s"
                                        .formatted(HELLO.pid(), HELLO.version(), name, Request.names())));
            } catch (RuntimeException e) {
                if (!(e instanceof SupervisorException)) {
                    log.error("a control request failed; this is a defect of the supervisor, please report it", e);
                }
                channel.send(Failed.of(id, e));
            }
        }

        private Optional<String> execute(Request request) throws IOException {
            switch (request) {
                case Request.Ping() -> {
                    return Optional.of(daemon.shuttingDown() ? "stopping" : "running");
                }
                case Request.Watch() -> watch();
                case Request.Apply(var spec, var label, var reload) -> {
                    applied.apply(spec, label, reload);
                    send(spec.name());
                }
                case Request.Recycle(var pool) -> {
                    recycle(pool);
                    send(pool);
                }
                case Request.Stop(var pool) -> {
                    applied.stop(pool);
                    send(pool);
                }
                case Request.ReadFile() -> {
                    return Optional.of(daemon.readFile());
                }
                case Request.Metrics() -> {
                    return Optional.of(daemon.metrics());
                }
                case Request.Shutdown() -> {}
            }
            return Optional.empty();
        }

        private void watch() throws IOException {
            watching.add(this);
            for (Pool pool : daemon.pools()) {
                send(pool.name());
            }
            Thread.ofVirtual().name("control watch").start(this::sendChanges);
        }

        /** The state is read and sent under one lock, so that a client never gets an older state after a newer one. */
        private void send(String pool) throws IOException {
            synchronized (channel) {
                Optional<PoolState> state = state(pool);
                channel.send(
                        state.isPresent() ? new ControlMessage.Pool(state.get()) : new ControlMessage.Removed(pool));
            }
        }

        private void changed(String pool) {
            synchronized (unsent) {
                unsent.add(pool);
                unsent.notifyAll();
            }
        }

        private void sendChanges() {
            try {
                List<String> next = takeUnsent();
                while (!next.isEmpty()) {
                    for (String pool : next) {
                        send(pool);
                    }
                    next = takeUnsent();
                }
            } catch (IOException e) {
                log.debug("a client closed its connection", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Waits for changes; empty when the connection has ended. */
        private List<String> takeUnsent() throws InterruptedException {
            synchronized (unsent) {
                while (unsent.isEmpty() && !ended) {
                    unsent.wait();
                }
                List<String> taken = ended ? List.of() : List.copyOf(unsent);
                unsent.clear();
                return taken;
            }
        }

        void end() {
            watching.remove(this);
            synchronized (unsent) {
                ended = true;
                unsent.notifyAll();
            }
        }
    }
}
