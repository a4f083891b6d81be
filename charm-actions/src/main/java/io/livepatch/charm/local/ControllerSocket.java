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

/** Where commands reach the controller: a Unix-domain socket that only its user can open. */
final class ControllerSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerSocket.class);
    /** The requests that are answered to a command of another build, too, so that an old controller can be ended. */
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

    /** Listens for a controller that holds the model's lock, so no process listens on a socket that was left there. */
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
            LOG.error("cannot listen any more", e);
        }
        try {
            // Who asked for the end is answered before it comes.
            if (ending.getCount() == 0) {
                answered.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) {
        try (JsonChannel jsonChannel = new JsonChannel(client, JsonChannel.LONGEST_REQUEST)) {
            JsonNode envelope = received(jsonChannel);
            if (envelope != null && ALWAYS.contains(command(envelope))) {
                last(envelope, jsonChannel);
            } else if (envelope != null) {
                jsonChannel.send(answer(envelope, jsonChannel));
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("a command went away", e);
        }
    }

    /** Null when there is nothing to answer. */
    private static @Nullable JsonNode received(JsonChannel jsonChannel) throws IOException {
        try {
            return jsonChannel.receive(JsonNode.class).orElse(null);
        } catch (JsonChannel.TooLong e) {
            jsonChannel.send(new ControllerResponse.Failed(String.valueOf(e.getMessage()), true));
            return null;
        }
    }

    /** Closes the socket before the last answer: the next command finds no controller, and may already start another. */
    private void last(JsonNode envelope, JsonChannel jsonChannel) throws IOException {
        ending.countDown();
        try {
            Files.deleteIfExists(home.socket());
            server.close();
            jsonChannel.send(answer(envelope, jsonChannel));
        } finally {
            answered.countDown();
        }
        // Hangs up by ending: so who asked knows when the last process of this model is gone.
        while (true) {
            LockSupport.park(this);
        }
    }

    private static String command(JsonNode envelope) {
        return envelope.path("request").path("command").asString("");
    }

    private ControllerResponse answer(JsonNode envelope, JsonChannel jsonChannel) {
        String theirs = envelope.path("build").asString("");
        if (!theirs.equals(build) && !ALWAYS.contains(command(envelope))) {
            return new ControllerResponse.Failed(
                    "the controller of '" + home + "' runs an older build (" + build + ", this is " + theirs
                            + "); end it with: scripts/juju shutdown, the next command starts the new one",
                    false);
        }
        try {
            ControllerRequest request = JsonChannel.JSON.treeToValue(envelope.path("request"), ControllerRequest.class);
            RequestHandler requestHandler = new RequestHandler(controller, home, line -> progress(jsonChannel, line));
            return new ControllerResponse.Done(JsonChannel.JSON.valueToTree(requestHandler.answer(request)));
        } catch (CharmException.Invalid e) {
            return new ControllerResponse.Failed(String.valueOf(e.getMessage()), true);
        } catch (CharmException | JacksonException e) {
            return new ControllerResponse.Failed(String.valueOf(e.getMessage()), false);
        } catch (RuntimeException e) {
            LOG.error("a request failed", e);
            return new ControllerResponse.Failed("the controller failed: " + e + "; see " + home.debugLog(), false);
        }
    }

    private static void progress(JsonChannel jsonChannel, String line) {
        try {
            jsonChannel.send(new ControllerResponse.Progress(line));
        } catch (IOException e) {
            // The command was interrupted; what it asked for goes on without a report.
            LOG.debug("progress could not be sent, since the command has ended", e);
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
