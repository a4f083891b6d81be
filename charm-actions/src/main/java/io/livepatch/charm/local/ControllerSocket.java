package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ControllerRequest.ControllerResponse;
import io.livepatch.charm.wire.JsonChannel;
import io.livepatch.charm.wire.ModelDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The controller's end of the command socket: a Unix-domain socket that only its user can open. */
final class ControllerSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerSocket.class);
    /** Requests that a command of another build may send, so that it can stop an old controller. */
    private static final Set<String> ALWAYS = Set.of("shutdown", "destroy");

    private final ModelDirectory home;
    private final Controller controller;
    private final ServerSocketChannel server;
    private final String build = BuildId.id();
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    private ControllerSocket(ModelDirectory home, Controller controller, ServerSocketChannel server) {
        this.home = home;
        this.controller = controller;
        this.server = server;
    }

    /** Listens for a controller that holds the model's lock, so an existing socket file is left over from an ended process. */
    static ControllerSocket open(ModelDirectory home, Controller controller) {
        try {
            Files.deleteIfExists(home.socket());
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(home.socket()));
            Files.setPosixFilePermissions(home.socket(), PosixFilePermissions.fromString("rw-------"));
            return new ControllerSocket(home, controller, server);
        } catch (IOException e) {
            controller.close();
            throw new UncheckedIOException("cannot listen on '" + home.socket() + "': " + e.getMessage(), e);
        }
    }

    /** Serves until {@link #close}. */
    void serve() {
        try {
            while (true) {
                SocketChannel client = server.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (ClosedChannelException e) {
            LOG.debug("no longer listening");
        } catch (IOException e) {
            LOG.error("cannot accept connections", e);
        }
        try {
            // The command that requested the end gets its response first.
            if (ending.getCount() == 0) {
                answered.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) {
        try (JsonChannel channel = new JsonChannel(client, JsonChannel.MAX_REQUEST_CHARACTERS)) {
            JsonNode envelope = received(channel);
            if (envelope != null && ALWAYS.contains(command(envelope))) {
                last(envelope, channel);
            } else if (envelope != null) {
                channel.send(answer(envelope, channel));
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("a command closed its connection", e);
        }
    }

    /** Null if there is no request to answer. */
    private static @Nullable JsonNode received(JsonChannel channel) throws IOException {
        try {
            return channel.receive(JsonNode.class).orElse(null);
        } catch (JsonChannel.TooLong e) {
            channel.send(new ControllerResponse.Failed(String.valueOf(e.getMessage()), true));
            return null;
        }
    }

    /** Closes the socket before the last response: the next command finds no controller and may start another. */
    private void last(JsonNode envelope, JsonChannel channel) throws IOException {
        ending.countDown();
        try {
            Files.deleteIfExists(home.socket());
            server.close();
            channel.send(answer(envelope, channel));
        } finally {
            answered.countDown();
        }
        // The connection closes when this process ends: so the command knows that all processes of the model have
        // ended.
        while (true) {
            LockSupport.park(this);
        }
    }

    private static String command(JsonNode envelope) {
        return envelope.path("request").path("command").asString("");
    }

    private ControllerResponse answer(JsonNode envelope, JsonChannel channel) {
        String commandBuild = envelope.path("build").asString("");
        if (!commandBuild.equals(build) && !ALWAYS.contains(command(envelope))) {
            return new ControllerResponse.Failed(
                    "the controller of '" + home + "' runs an older build (" + build + ", this is " + commandBuild
                            + "); end it with: scripts/juju shutdown, the next command starts the new one",
                    false);
        }
        try {
            ControllerRequest request = JsonChannel.JSON.treeToValue(envelope.path("request"), ControllerRequest.class);
            RequestHandler handler = new RequestHandler(controller, home, line -> progress(channel, line));
            return new ControllerResponse.Done(JsonChannel.JSON.valueToTree(handler.answer(request)));
        } catch (CharmException.Invalid e) {
            return new ControllerResponse.Failed(String.valueOf(e.getMessage()), true);
        } catch (CharmException | JacksonException e) {
            return new ControllerResponse.Failed(String.valueOf(e.getMessage()), false);
        } catch (RuntimeException e) {
            LOG.error("a request failed", e);
            return new ControllerResponse.Failed("the controller failed: " + e + "; see " + home.debugLog(), false);
        }
    }

    private static void progress(JsonChannel channel, String line) {
        try {
            channel.send(new ControllerResponse.Progress(line));
        } catch (IOException e) {
            // The command was interrupted; its request is executed without a report.
            LOG.debug("cannot send progress: the command has ended", e);
        }
    }

    @Override
    public void close() {
        try {
            if (server.isOpen()) {
                Files.deleteIfExists(home.socket());
                server.close();
            }
            controller.close();
        } catch (IOException e) {
            LOG.warn("cannot close the socket", e);
        }
    }
}
