package io.livepatch.charm.cli;

import io.livepatch.charm.api.CharmOption;
import io.livepatch.charm.cli.ControllerProcess.Connection;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.ReleaseStore;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ControllerRequest.ControllerResponse;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.cli.DeletionPrompt;
import io.livepatch.common.socket.JsonChannel;
import io.livepatch.supervisor.control.SupervisorClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/**
 * The environment of a command: the model's directory, the streams and the connection to the controller. Progress is printed to
 * {@code err}.
 *
 * @param terminal whether confirmations can be requested on {@code err} and read from {@code in}
 */
record ControllerClient(
        Map<String, String> environment, boolean terminal, InputStream in, PrintStream out, PrintStream err) {

    /** A controller that was killed answers again in about a second. */
    private static final Duration RESTART = Duration.ofSeconds(15);

    private static final Duration STOP = Duration.ofMinutes(10);

    void println(String line) {
        out.println(line);
    }

    void print(String text) {
        out.print(text);
    }

    ModelDirectory home() {
        return ModelDirectory.of(environment, ExternalProgram.isRoot());
    }

    /**
     * Sends a request to the controller, which is started if it does not run. Without a deployed application only a deployment
     * starts one: for any other request it would fail and keep running with an empty model.
     */
    JsonNode request(ControllerRequest request) {
        return request(request, release()::installWithLease);
    }

    /** Copies the release of this command into the model's directory, and sends a request that names the copy. */
    JsonNode requestWithRelease(Function<String, ControllerRequest> request) {
        OwnRelease own = release();
        try (ReleaseStore.Lease _ = own.lease()) {
            Path copy = own.install();
            return request(request.apply(copy.getFileName().toString()), () -> copy);
        }
    }

    private JsonNode request(ControllerRequest request, Supplier<Path> release) {
        try (Connection open = controller().connect().orElseGet(() -> start(request, release))) {
            return request(open.channel(), request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Connection start(ControllerRequest request, Supplier<Path> release) {
        if (!(request instanceof ControllerRequest.Deploy)) {
            requireDeployed();
        }
        return controller(release.get()).connectOrStart();
    }

    /** For a start from this release: supervisor and controller outlive the folder of the command. */
    private ControllerProcess controller(Path release) {
        return new ControllerProcess(home(), release().environmentOf(release), err);
    }

    /**
     * Replaces the running controller by that of this command's release.
     *
     * @return whether it was replaced; empty if the model is stopped
     */
    Optional<Boolean> upgradeController() {
        return controller().supervisor().runs()
                ? controller(release().installWithLease()).upgrade()
                : Optional.empty();
    }

    /**
     * Stops all units and starts them again by the supervisor and the controller of this command's release, unless its supervisor runs.
     *
     * @return whether it was replaced; empty if the model is stopped
     */
    Optional<Boolean> upgradeSupervisor() {
        if (!controller().supervisor().runs()) {
            return Optional.empty();
        }
        Path copy = release().installWithLease();
        ControllerProcess controller = controller(copy);
        if (controller.supervisor().runsFrom(copy)) {
            return Optional.of(false);
        }
        err.println("all units of " + home() + " stop for some seconds, since they are processes of the supervisor");
        requestEnd(new ControllerRequest.Shutdown());
        try (Connection _ = controller.connectOrStart()) {
            return Optional.of(true);
        } catch (CliException e) {
            throw CliException.failed(e.getMessage()
                    + "; all units are stopped: 'juju wait-for' of this build or of the former one starts them");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the running supervisor is of another release than this command. */
    boolean olderSupervisor() {
        return !controller().supervisor().runsFrom(release().installWithLease());
    }

    OwnRelease release() {
        return new OwnRelease(environment, home());
    }

    /**
     * For a command that requests a confirmation before it starts a stopped model.
     *
     * @throws CliException if nothing is deployed
     */
    void requireDeployed() {
        if (deployed().isEmpty()) {
            throw stopped();
        }
    }

    ControllerProcess controller() {
        return new ControllerProcess(home(), environment, err);
    }

    /** Sends a request to the running controller; empty if the model is stopped. Waits for a controller that is being restarted. */
    Optional<JsonNode> requestRunning(ControllerRequest request) {
        return requestRunning(request, RESTART);
    }

    /**
     * The same.
     *
     * @param patience how long to wait for a controller that is being restarted
     * @throws CliException if the model runs and its controller does not answer
     */
    Optional<JsonNode> requestRunning(ControllerRequest request, Duration patience) {
        Optional<Connection> running = controller().connectRunning(patience);
        if (running.isEmpty()) {
            return Optional.empty();
        }
        try (Connection open = running.get()) {
            return Optional.of(request(open.channel(), request));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The stored model; empty if nothing was deployed. */
    Optional<Model> stored() {
        return ModelStore.read(home().model());
    }

    private Optional<Model> deployed() {
        return stored().filter(model -> !model.isEmpty());
    }

    /** For a command that only shows: sends a request to the running controller. */
    JsonNode query(ControllerRequest request) {
        return requestRunning(request).orElseThrow(this::stopped);
    }

    /** The failure of a command that needs a running controller and does not start one. */
    CliException stopped() {
        return deployed().isEmpty()
                ? CliException.failed("there is no model in " + home() + "; deploy something: juju deploy livepatch")
                : CliException.stopped(stoppedText());
    }

    String stoppedText() {
        return "the model in " + home() + " is stopped; start it with: juju wait-for";
    }

    /**
     * Ends all processes of the model, and returns when they are gone. The controller stops the units in their order; without one the
     * supervisor stops all at once.
     *
     * @return whether any ran
     */
    boolean requestEnd(ControllerRequest request) {
        ControllerProcess controller = controller();
        Optional<SupervisorClient> running = controller.supervisor().connect();
        if (running.isEmpty()) {
            controller
                    .supervisor()
                    .cancelRestart()
                    .ifPresent(why -> err.println("cannot tell systemd to stop the service of " + home() + ": " + why
                            + ". If systemd does not run here, 'livepatch-systemd remove' removes the service"));
            return false;
        }
        try (SupervisorClient supervisor = running.get()) {
            long pid = supervisor.supervisor().orElseThrow();
            Optional<Connection> open = controller.await(RESTART);
            if (open.isPresent()) {
                try (Connection connection = open.get()) {
                    request(connection.channel(), request);
                }
            } else {
                supervisor.shutdown();
            }
            controller.supervisor().awaitEnd(pid, STOP);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode request(JsonChannel wire, ControllerRequest request) throws IOException {
        wire.send(new ControllerRequest.Envelope(BuildId.id(), request));
        while (true) {
            ControllerResponse response = wire.receive(ControllerResponse.class)
                    .orElseThrow(() -> CliException.failed(
                            "the controller ended before it answered; see " + home().controllerLog()));
            switch (response) {
                case ControllerResponse.Hello _ -> {}
                case ControllerResponse.Progress(String line) -> err.println(line);
                case ControllerResponse.Done(JsonNode result) -> {
                    return result;
                }
                case ControllerResponse.Failed(String message, boolean usage) ->
                    throw usage ? CliException.usage(message) : CliException.failed(message);
            }
        }
    }

    /**
     * Returns when a deletion is confirmed.
     *
     * @param deletion what is deleted, as the beginning of a sentence
     * @param amount the amount of data
     */
    void confirm(DeletionPrompt prompt, String deletion, String amount) {
        Optional<DeletionPrompt.Terminal> asked = terminal ? Optional.of(this::ask) : Optional.empty();
        switch (prompt.ask(asked, () -> deletion + ":\n  " + amount)) {
            case CONFIRMED -> {}
            case DECLINED -> throw CliException.failed("nothing was deleted");
            case NO_TERMINAL ->
                throw CliException.usage(deletion + "; nothing was deleted, since there is no terminal to ask on:"
                        + " pass --no-prompt to confirm");
        }
    }

    private @Nullable String ask(String question) {
        err.print(question);
        err.flush();
        try {
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the answer", e);
        }
    }

    /** A value from the command line, or the content of standard input for {@code @-}. */
    String value(String typed) {
        if (!typed.equals("@-")) {
            return typed;
        }
        try {
            return readBounded(in, "standard input", CharmOption.MAX_VALUE_BYTES)
                    .strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read standard input", e);
        }
    }

    /** The content of a stream; refused above a number of bytes. */
    static String readBounded(InputStream stream, String name, int maxBytes) throws IOException {
        byte[] bytes = stream.readNBytes(maxBytes + 1);
        if (bytes.length > maxBytes) {
            throw CliException.usage(name + " has more than " + maxBytes + " bytes, the maximum");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The format of printed results. */
    enum Format {
        tabular,
        json,
        yaml;

        private static final JsonMapper JSON =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        private static final YAMLMapper YAML = YAMLMapper.builder()
                .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
                .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
                .enable(YAMLWriteFeature.LITERAL_BLOCK_STYLE)
                .build();

        /** The result as JSON or YAML. */
        String print(JsonNode node) {
            return this == json ? JSON.writeValueAsString(node) + "\n" : YAML.writeValueAsString(node);
        }
    }
}
