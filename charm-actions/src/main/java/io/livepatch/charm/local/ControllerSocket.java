package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.wire.Build;
import io.livepatch.charm.wire.Home;
import io.livepatch.charm.wire.Reply;
import io.livepatch.charm.wire.Request;
import io.livepatch.charm.wire.Wire;
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

    private final Home home;
    private final Controller controller;
    private final ServerSocketChannel server;
    private final String build = Build.id();
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    private ControllerSocket(Home home, Controller controller, ServerSocketChannel server) {
        this.home = home;
        this.controller = controller;
        this.server = server;
    }

    /** Listens for a controller that holds the model's lock, so no process listens on a socket that was left there. */
    static ControllerSocket open(Home home, Controller controller) {
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
        try (Wire wire = new Wire(client, Wire.LONGEST_REQUEST)) {
            JsonNode envelope = received(wire);
            if (envelope != null && ALWAYS.contains(command(envelope))) {
                last(envelope, wire);
            } else if (envelope != null) {
                wire.send(answer(envelope, wire));
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("a command went away", e);
        }
    }

    /** Null when there is nothing to answer. */
    private static @Nullable JsonNode received(Wire wire) throws IOException {
        try {
            return wire.receive(JsonNode.class).orElse(null);
        } catch (Wire.TooLong e) {
            wire.send(new Reply.Failed(String.valueOf(e.getMessage()), true));
            return null;
        }
    }

    /** Closes the socket before the last answer: the next command finds no controller, and may already start another. */
    private void last(JsonNode envelope, Wire wire) throws IOException {
        ending.countDown();
        try {
            Files.deleteIfExists(home.socket());
            server.close();
            wire.send(answer(envelope, wire));
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

    private Reply answer(JsonNode envelope, Wire wire) {
        String theirs = envelope.path("build").asString("");
        if (!theirs.equals(build) && !ALWAYS.contains(command(envelope))) {
            return new Reply.Failed(
                    "the controller of '" + home + "' runs an older build (" + build + ", this is " + theirs
                            + "); end it with: scripts/juju shutdown, the next command starts the new one",
                    false);
        }
        try {
            Request request = Wire.JSON.treeToValue(envelope.path("request"), Request.class);
            Requests requests = new Requests(controller, home, line -> progress(wire, line));
            return new Reply.Done(Wire.JSON.valueToTree(requests.answer(request)));
        } catch (CharmException.Invalid e) {
            return new Reply.Failed(String.valueOf(e.getMessage()), true);
        } catch (CharmException | JacksonException e) {
            return new Reply.Failed(String.valueOf(e.getMessage()), false);
        } catch (RuntimeException e) {
            LOG.error("a request failed", e);
            return new Reply.Failed("the controller failed: " + e + "; see " + home.debugLog(), false);
        }
    }

    private static void progress(Wire wire, String line) {
        try {
            wire.send(new Reply.Progress(line));
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
