package io.livepatch.charm.cli;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

import io.livepatch.charm.api.CharmOption;
import io.livepatch.charm.exec.RootUser;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ControllerRequest.ControllerResponse;
import io.livepatch.charm.wire.JsonChannel;
import io.livepatch.charm.wire.ModelDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What a command has: where the model is, where to print, and the controller to ask. Progress goes to {@code err}.
 *
 * @param terminal whether a person can be asked on {@code err} and answers on {@code in}
 */
record ControllerClient(
        Map<String, String> environment, boolean terminal, InputStream in, PrintStream out, PrintStream err) {

    ModelDirectory home() {
        return ModelDirectory.of(environment, RootUser.is());
    }

    /**
     * Asks the controller, which is started when it does not run. Only a deployment starts one where nothing is deployed: it would
     * answer any other request with an error, and go on running with an empty model.
     */
    JsonNode request(ControllerRequest request) {
        ControllerProcess controller = new ControllerProcess(home(), environment, err);
        try (JsonChannel wire = controller.connect().orElseGet(() -> start(controller, request))) {
            return request(wire, request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonChannel start(ControllerProcess controller, ControllerRequest request) {
        if (!(request instanceof ControllerRequest.Deploy)) {
            requireDeployed();
        }
        return controller.connectOrStart();
    }

    /**
     * For a command that asks before it starts a stopped model.
     *
     * @throws CliException when nothing is deployed, so that nothing can be started
     */
    void requireDeployed() {
        if (deployed().isEmpty()) {
            throw stopped();
        }
    }

    /** Asks the controller, which is not started for it; empty when it does not run. */
    Optional<JsonNode> requestRunning(ControllerRequest request) {
        Optional<JsonChannel> wire = new ControllerProcess(home(), environment, err).connect();
        if (wire.isEmpty()) {
            return Optional.empty();
        }
        try (JsonChannel open = wire.get()) {
            return Optional.of(request(open, request));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The model that is kept while its controller does not run; empty when nothing was deployed. */
    Optional<Model> stored() {
        return ModelStore.read(home().model());
    }

    private Optional<Model> deployed() {
        return stored().filter(model -> !model.isEmpty());
    }

    /** For a command that only looks: the answer of the controller, which is not started for it. */
    JsonNode query(ControllerRequest request) {
        return requestRunning(request).orElseThrow(this::stopped);
    }

    /** What a command ends with that does not start the controller, when none runs. */
    CliException stopped() {
        return deployed().isEmpty()
                ? CliException.failed(
                        "there is no model in " + home() + "; deploy something: scripts/juju deploy livepatch")
                : CliException.stopped(stoppedText());
    }

    String stoppedText() {
        return "the model in " + home() + " is stopped; this starts it: scripts/juju wait-for";
    }

    /** Asks the controller to end, if it runs, and returns when its process has. */
    Optional<JsonNode> requestEnd(ControllerRequest request) {
        Optional<JsonChannel> wire = new ControllerProcess(home(), environment, err).connect();
        if (wire.isEmpty()) {
            return Optional.empty();
        }
        try (JsonChannel open = wire.get()) {
            JsonNode answer = request(open, request);
            if (open.receive(ControllerResponse.class).isPresent()) {
                throw CliException.failed("the controller of '" + home() + "' goes on after its last answer");
            }
            return Optional.of(answer);
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
                case ControllerResponse.Progress(String line) -> err.println(line);
                case ControllerResponse.Done(JsonNode result) -> {
                    return result;
                }
                case ControllerResponse.Failed(String message, boolean usage) ->
                    throw usage ? CliException.usage(message) : CliException.failed(message);
            }
        }
    }

    /** A value as it was typed, or all of standard input for {@code @-}. */
    String value(String typed) {
        if (!typed.equals("@-")) {
            return typed;
        }
        try {
            return readBounded(in, "standard input", CharmOption.MAX_VALUE_BYTES).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read standard input", e);
        }
    }

    /** All of a stream, which is refused when it is longer than so many bytes. */
    static String readBounded(InputStream stream, String name, int longest) throws IOException {
        byte[] bytes = stream.readNBytes(longest + 1);
        if (bytes.length > longest) {
            throw CliException.usage(
                    name + " has more than " + longest + " bytes, which is the most that is read from it");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** How an answer is printed. */
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

        /** For a program. */
        String print(JsonNode node) {
            return this == json ? JSON.writeValueAsString(node) + "\n" : YAML.writeValueAsString(node);
        }
    }
}
