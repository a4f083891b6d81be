package io.livepatch.charm.cli;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.status.ModelStatus;
import io.livepatch.charm.status.StatusTable;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.JsonChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(name = "status", mixinStandardHelpOptions = true, description = "Shows the model, its applications and units.")
final class StatusCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Option(names = "--format", description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
    private Format format = Format.tabular;

    @Option(names = "--relations", description = "also shows relations in the tables")
    private boolean relations;

    StatusCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        Optional<JsonNode> running = client.askRunning(new ControllerRequest.Status());
        Optional<Model> stored = running.isPresent() ? Optional.empty() : client.stored();
        JsonNode status = running.orElseGet(() -> JsonChannel.JSON.valueToTree(stopped(stored)));
        client.out()
                .print(
                        format == Format.tabular
                                ? StatusTable.render(JsonChannel.JSON.treeToValue(status, ModelStatus.class), relations)
                                : format.print(status));
        boolean isStopped = stored.filter(model -> !model.isEmpty()).isPresent();
        return isStopped ? CliException.STOPPED : 0;
    }

    /** The model as it is kept, since to look at it is no reason to start it; an empty one where nothing was deployed. */
    private ModelStatus stopped(Optional<Model> stored) {
        Instant since = stored.isPresent() ? written(client.home().model()) : Instant.EPOCH;
        ModelStatus.Health stopped = ModelStatus.Health.of(new UnitStatus(UnitStatus.Kind.UNKNOWN, "stopped"), since);
        ModelStatus.Health lost = new ModelStatus.Health("lost", Optional.empty(), since);
        Map<String, ModelStatus.ApplicationStatus> applications = new LinkedHashMap<>();
        List<ModelStatus.RelationStatus> pairs = new ArrayList<>();
        stored.ifPresent(model -> {
            model.applications().forEach((name, app) -> {
                Map<String, ModelStatus.UnitView> units = new LinkedHashMap<>();
                app.units().forEach((number, unit) -> {
                    UnitName unitName = new UnitName(name, number);
                    boolean leader = model.leader(name).filter(unitName::equals).isPresent();
                    units.put(
                            unitName.toString(),
                            new ModelStatus.UnitView(stopped, lost, leader, unit.address(), List.of()));
                });
                applications.put(
                        name, new ModelStatus.ApplicationStatus(app.charm(), Optional.empty(), stopped, units));
            });
            model.relations()
                    .forEach((id, it) -> pairs.add(new ModelStatus.RelationStatus(
                            id, it.provider().toString(), it.requirer().toString(), it.protocol())));
        });
        return new ModelStatus(
                new ModelStatus.ModelInfo(
                        "local",
                        "localhost",
                        "",
                        client.home().toString(),
                        applications.isEmpty() ? Optional.empty() : Optional.of(client.stoppedText())),
                applications,
                pairs);
    }

    private static Instant written(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + file + "': " + e.getMessage(), e);
        }
    }
}
