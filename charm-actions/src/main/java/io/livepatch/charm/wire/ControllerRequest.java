package io.livepatch.charm.wire;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.livepatch.charm.model.ModelChange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** A request of a command to the controller. May contain secrets: never print one as a whole. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ControllerRequest.Deploy.class, name = "deploy"),
    @JsonSubTypes.Type(value = ControllerRequest.Refresh.class, name = "refresh"),
    @JsonSubTypes.Type(value = ControllerRequest.AddUnits.class, name = "add-unit"),
    @JsonSubTypes.Type(value = ControllerRequest.RemoveUnits.class, name = "remove-unit"),
    @JsonSubTypes.Type(value = ControllerRequest.Holdings.class, name = "holdings"),
    @JsonSubTypes.Type(value = ControllerRequest.Integrate.class, name = "integrate"),
    @JsonSubTypes.Type(value = ControllerRequest.RemoveApplication.class, name = "remove-application"),
    @JsonSubTypes.Type(value = ControllerRequest.Configure.class, name = "configure"),
    @JsonSubTypes.Type(value = ControllerRequest.ShowConfig.class, name = "show-config"),
    @JsonSubTypes.Type(value = ControllerRequest.Run.class, name = "run"),
    @JsonSubTypes.Type(value = ControllerRequest.ListActions.class, name = "list-actions"),
    @JsonSubTypes.Type(value = ControllerRequest.ShowTask.class, name = "show-task"),
    @JsonSubTypes.Type(value = ControllerRequest.CancelTask.class, name = "cancel-task"),
    @JsonSubTypes.Type(value = ControllerRequest.ShowUnit.class, name = "show-unit"),
    @JsonSubTypes.Type(value = ControllerRequest.Status.class, name = "status"),
    @JsonSubTypes.Type(value = ControllerRequest.Metrics.class, name = "metrics"),
    @JsonSubTypes.Type(value = ControllerRequest.WaitFor.class, name = "wait-for"),
    @JsonSubTypes.Type(value = ControllerRequest.Destroy.class, name = "destroy"),
    @JsonSubTypes.Type(value = ControllerRequest.Shutdown.class, name = "shutdown")
})
public sealed interface ControllerRequest {
    /** With keys in kebab-case, because operators see them. */
    JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            // A command of an earlier build does not send all fields.
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    /**
     * The maximum length of a request: four times the longest value of an option ({@code CharmOption.MAX_VALUE_BYTES}), for
     * several options and the characters that JSON adds. The controller's memory is small.
     */
    int MAX_CHARACTERS = 4 << 20;

    /** A line on the socket. */
    record Envelope(String build, ControllerRequest request) {}

    /** Several applications and relations, all or nothing; with {@code dryRun} only the steps are returned. */
    record Deploy(
            List<ModelChange.Deploy> applications,
            List<ModelChange.Integrate> relations,
            Optional<String> subnet,
            boolean dryRun)
            implements ControllerRequest {
        public Deploy {
            applications = List.copyOf(applications);
            relations = List.copyOf(relations);
        }
    }

    /** Moves the units of applications, or of all if none is named, to a release that is in the model's directory. */
    record Refresh(List<String> applications, String release) implements ControllerRequest {
        public Refresh {
            applications = List.copyOf(applications);
        }
    }

    record AddUnits(String application, int count) implements ControllerRequest {}

    record RemoveUnits(List<String> units) implements ControllerRequest {
        public RemoveUnits {
            units = List.copyOf(units);
        }
    }

    /** The data that would be deleted with these units; without units, with those of the application or of the model. */
    record Holdings(List<String> units, Optional<String> application) implements ControllerRequest {
        public Holdings {
            units = List.copyOf(units);
        }
    }

    record Integrate(String one, String other) implements ControllerRequest {}

    record RemoveApplication(String application) implements ControllerRequest {}

    record Configure(String application, Map<String, String> set, List<String> reset) implements ControllerRequest {
        public Configure {
            set = Map.copyOf(set);
            reset = List.copyOf(reset);
        }
    }

    record ShowConfig(String application) implements ControllerRequest {}

    record Run(String unit, String action, Map<String, String> parameters) implements ControllerRequest {
        public Run {
            parameters = Map.copyOf(parameters);
        }
    }

    record ListActions(String application) implements ControllerRequest {}

    /** An action by its number, of those that ran last. */
    record ShowTask(int id) implements ControllerRequest {}

    /** Ends an action that waits or runs. */
    record CancelTask(int id) implements ControllerRequest {}

    record ShowUnit(String unit) implements ControllerRequest {}

    /** The status of the model; with {@code table} as the text that a command prints. */
    record Status(boolean table, boolean relations) implements ControllerRequest {}

    /** The controller's metrics in Prometheus' text format. */
    record Metrics() implements ControllerRequest {}

    /** Returns when every unit is active, or fails after a time. */
    record WaitFor(long seconds) implements ControllerRequest {}

    /** Stops and deletes everything, then ends the controller. */
    record Destroy() implements ControllerRequest {}

    /** Stops everything, keeps it, and ends the controller. */
    record Shutdown() implements ControllerRequest {}

    /** What the controller sends: {@link Hello} to each command, then any number of {@link Progress}, then one of the others. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "reply")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = ControllerResponse.Hello.class, name = "hello"),
        @JsonSubTypes.Type(value = ControllerResponse.Progress.class, name = "progress"),
        @JsonSubTypes.Type(value = ControllerResponse.Done.class, name = "done"),
        @JsonSubTypes.Type(value = ControllerResponse.Failed.class, name = "failed")
    })
    sealed interface ControllerResponse {

        /** The controller's build and process. */
        record Hello(String build, long pid) implements ControllerResponse {}

        /** A line of progress. */
        record Progress(String line) implements ControllerResponse {}

        record Done(JsonNode result) implements ControllerResponse {}

        /** The request failed; {@code usage} if the request itself is invalid. */
        record Failed(String message, boolean usage) implements ControllerResponse {}
    }
}
