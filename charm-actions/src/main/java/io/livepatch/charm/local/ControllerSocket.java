package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ControllerRequest.ControllerResponse;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.socket.JsonChannel;
import io.livepatch.common.socket.JsonServer;
import io.livepatch.supervisor.SupervisorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The controller's end of the command socket: one request on each connection. */
final class ControllerSocket implements JsonServer.Handler, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerSocket.class);
    /** Commands that wait, such as wait-for, keep their connection. */
    private static final JsonServer.Limits LIMITS = new JsonServer.Limits(64, ControllerRequest.MAX_CHARACTERS);
    /** Requests that end the supervisor and this process. */
    private static final Set<String> LAST = Set.of("shutdown", "destroy");
    /** Requests that a command of another build may send; the script {@code juju} sends a status request of its own. */
    private static final Set<String> OF_ANY_BUILD = Set.of("shutdown", "destroy", "status");

    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final ModelDirectory home;
    private final Controller controller;
    private final JsonServer server;
    private final ControllerResponse.Hello hello =
            new ControllerResponse.Hello(BuildId.id(), ProcessHandle.current().pid());
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    private ControllerSocket(ModelDirectory home, Controller controller, JsonServer server) {
        this.home = home;
        this.controller = controller;
        this.server = server;
    }

    static ControllerSocket open(ModelDirectory home, Controller controller) {
        try {
            return new ControllerSocket(
                    home, controller, JsonServer.bind(home.socket(), ControllerRequest.JSON, LIMITS));
        } catch (IOException e) {
            controller.close();
            throw new UncheckedIOException("cannot listen on '" + home.socket() + "': " + e.getMessage(), e);
        }
    }

    /** Serves until {@link #close}. */
    void serve() {
        server.serve(this);
        try {
            // The command that requested the end gets its response first.
            if (ending.getCount() == 0) {
                answered.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void serve(JsonChannel channel) throws IOException {
        channel.send(hello);
        try {
            Optional<JsonNode> envelope = channel.receive(JsonNode.class);
            if (envelope.isPresent() && LAST.contains(command(envelope.get()))) {
                last(envelope.get(), channel);
            } else if (envelope.isPresent()) {
                channel.send(answer(envelope.get(), channel));
            }
        } catch (JsonChannel.TooLong e) {
            channel.send(new ControllerResponse.Failed(
                    e.getMessage() + ": give values of 1 MiB at most, and less of them in one command", true));
        }
    }

    @Override
    public Object refusal(String message) {
        return new ControllerResponse.Failed(message, false);
    }

    /** Closes the socket before the last response: the next command finds no controller and waits for the end of the supervisor. */
    private void last(JsonNode envelope, JsonChannel channel) throws IOException {
        ending.countDown();
        try {
            server.close();
            channel.send(answer(envelope, channel));
        } finally {
            answered.countDown();
        }
    }

    private static String command(JsonNode envelope) {
        return envelope.path("request").path("command").asString("");
    }

    private ControllerResponse answer(JsonNode envelope, JsonChannel channel) {
        String commandBuild = envelope.path("build").asString("");
        if (!commandBuild.equals(hello.build()) && !OF_ANY_BUILD.contains(command(envelope))) {
            return new ControllerResponse.Failed(
                    "the controller of '" + home + "' runs another build (" + hello.build() + ", this command is "
                            + commandBuild
                            + "); give it this one with: juju upgrade-controller. Units serve meanwhile",
                    false);
        }
        try {
            ControllerRequest request =
                    ControllerRequest.JSON.treeToValue(envelope.path("request"), ControllerRequest.class);
            RequestHandler handler = new RequestHandler(controller, home, line -> progress(channel, line));
            return new ControllerResponse.Done(ControllerRequest.JSON.valueToTree(handler.answer(request)));
        } catch (CharmException.Invalid e) {
            return new ControllerResponse.Failed(String.valueOf(e.getMessage()), true);
        } catch (CharmException | SupervisorException | JacksonException e) {
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

    /** Ends, at SIGTERM. When the supervisor is shutting down, all units are stopped first: this process knows their order. */
    @Override
    public void close() {
        try {
            server.close();
            if (stopping()) {
                controller.stopUnits();
            }
            awaitAnswer();
        } catch (IOException e) {
            LOG.warn("cannot close the socket", e);
        } finally {
            controller.close();
            controller.daemon().close();
        }
    }

    /** The supervisor stops this process as soon as it is asked to shut down, which may be before the response is sent. */
    private void awaitAnswer() {
        try {
            if (ending.getCount() == 0 && !answered.await(ANSWER.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("ends before the last command has its response");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean stopping() {
        try {
            return controller.daemon().stopping();
        } catch (SupervisorException e) {
            LOG.warn("units run on: {}", e.getMessage());
            return false;
        }
    }
}
