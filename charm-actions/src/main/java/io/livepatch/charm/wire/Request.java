package io.livepatch.charm.wire;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.livepatch.charm.model.ModelChange;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a command asks of the controller. May hold secrets: never print one whole. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Request.Deploy.class, name = "deploy"),
    @JsonSubTypes.Type(value = Request.AddUnits.class, name = "add-unit"),
    @JsonSubTypes.Type(value = Request.RemoveUnits.class, name = "remove-unit"),
    @JsonSubTypes.Type(value = Request.Holdings.class, name = "holdings"),
    @JsonSubTypes.Type(value = Request.Integrate.class, name = "integrate"),
    @JsonSubTypes.Type(value = Request.RemoveApplication.class, name = "remove-application"),
    @JsonSubTypes.Type(value = Request.Configure.class, name = "configure"),
    @JsonSubTypes.Type(value = Request.ShowConfig.class, name = "show-config"),
    @JsonSubTypes.Type(value = Request.Run.class, name = "run"),
    @JsonSubTypes.Type(value = Request.ListActions.class, name = "list-actions"),
    @JsonSubTypes.Type(value = Request.ShowUnit.class, name = "show-unit"),
    @JsonSubTypes.Type(value = Request.Status.class, name = "status"),
    @JsonSubTypes.Type(value = Request.WaitFor.class, name = "wait-for"),
    @JsonSubTypes.Type(value = Request.Destroy.class, name = "destroy"),
    @JsonSubTypes.Type(value = Request.Shutdown.class, name = "shutdown")
})
public sealed interface Request {

    /** A line as it goes over the socket. */
    record Envelope(String build, Request request) {}

    /** Several applications and relations, all or nothing; with {@code dryRun} it only answers what would be done. */
    record Deploy(
            List<ModelChange.Deploy> applications,
            List<ModelChange.Integrate> relations,
            Optional<String> subnet,
            boolean dryRun)
            implements Request {
        public Deploy {
            applications = List.copyOf(applications);
            relations = List.copyOf(relations);
        }
    }

    record AddUnits(String application, int count) implements Request {}

    record RemoveUnits(List<String> units) implements Request {
        public RemoveUnits {
            units = List.copyOf(units);
        }
    }

    /** What would be lost with these units; with all of an application, or of the model, when none is named. */
    record Holdings(List<String> units, Optional<String> application) implements Request {
        public Holdings {
            units = List.copyOf(units);
        }
    }

    record Integrate(String one, String other) implements Request {}

    record RemoveApplication(String application) implements Request {}

    record Configure(String application, Map<String, String> set, List<String> reset) implements Request {
        public Configure {
            set = Map.copyOf(set);
            reset = List.copyOf(reset);
        }
    }

    record ShowConfig(String application) implements Request {}

    record Run(String unit, String action, Map<String, String> parameters) implements Request {
        public Run {
            parameters = Map.copyOf(parameters);
        }
    }

    record ListActions(String application) implements Request {}

    record ShowUnit(String unit) implements Request {}

    record Status() implements Request {}

    /** Answers when every unit is active, or when the time is over. */
    record WaitFor(long seconds) implements Request {}

    /** Stops and deletes everything, then ends the controller. */
    record Destroy() implements Request {}

    /** Stops everything, keeps it, and ends the controller. */
    record Shutdown() implements Request {}
}
