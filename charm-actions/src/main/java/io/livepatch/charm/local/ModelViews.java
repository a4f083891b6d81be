package io.livepatch.charm.local;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.DiskSpaceWarning;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.Application;
import io.livepatch.charm.model.ConfigView;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.Model.RelationRecord;
import io.livepatch.charm.model.ModelLookup;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import io.livepatch.charm.status.ModelStatus;
import io.livepatch.charm.wire.BuildId;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.socket.JsonServer;
import io.livepatch.supervisor.WorkerInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The views of the model and its units for commands; without secrets. */
final class ModelViews {
    private static final String HIDDEN = "<hidden>";
    private static final Pattern PASSWORD_OF_URI = Pattern.compile("(://[^:/@\\s]*:)[^@/\\s]*@");

    private final Controller controller;
    private final ModelDirectory home;
    private final Model model;

    ModelViews(Controller controller, ModelDirectory home) {
        this.controller = controller;
        this.home = home;
        this.model = controller.model();
    }

    ModelStatus status() {
        Map<String, ModelStatus.ApplicationStatus> apps = new LinkedHashMap<>();
        model.applications().forEach((name, app) -> apps.put(name, application(name, app)));
        List<ModelStatus.RelationStatus> relations = new ArrayList<>();
        model.relations()
                .forEach((id, it) -> relations.add(new ModelStatus.RelationStatus(
                        id, it.provider().toString(), it.requirer().toString(), it.protocol())));
        return new ModelStatus(
                new ModelStatus.ModelInfo(
                        "local",
                        "localhost",
                        BuildId.id(),
                        home.toString(),
                        controller
                                .daemon()
                                .problem()
                                .map(this::supervisorAway)
                                .or(() -> DiskSpaceWarning.watch()
                                        .of("model", home.root())
                                        .problem())),
                apps,
                relations);
    }

    private String supervisorAway(String problem) {
        String pid =
                JsonServer.owner(home.supervisorSocket()).map(String::valueOf).orElse("PID");
        return problem
                + "; units serve, and what is shown of their processes is old. If it is stopped, continue it with: kill -CONT "
                + pid + "; to start all again: kill -9 " + pid + ", then juju wait-for";
    }

    private ModelStatus.ApplicationStatus application(String name, Application app) {
        Map<String, ModelStatus.UnitView> units = new LinkedHashMap<>();
        List<UnitStatusRegistry.Entry> entries = new ArrayList<>();
        app.units().forEach((number, unit) -> {
            UnitName unitName = new UnitName(name, number);
            UnitStatusRegistry.Entry entry = controller.context().statuses().of(unitName);
            entries.add(entry);
            units.put(
                    unitName.toString(),
                    new ModelStatus.UnitView(
                            ModelStatus.Health.of(entry.status(), entry.since()),
                            agent(unitName, entry.since()),
                            model.leader(name).filter(unitName::equals).isPresent(),
                            unit.address(),
                            entry.ports().stream().map(port -> port + "/tcp").toList(),
                            unit.revision().release()));
        });
        UnitStatusRegistry.Entry worst = entries.stream()
                .max(Comparator.comparing(entry -> entry.status().kind()))
                .orElse(UnitStatusRegistry.Entry.of(new UnitStatus(UnitStatus.Kind.UNKNOWN, ""), Instant.EPOCH));
        return new ModelStatus.ApplicationStatus(
                app.charm(),
                app.revision().number(),
                app.revision().release(),
                entries.stream().flatMap(entry -> entry.version().stream()).findFirst(),
                ModelStatus.Health.of(worst.status(), worst.since()),
                units);
    }

    private ModelStatus.Health agent(UnitName unit, Instant since) {
        String current = controller
                .agent(unit)
                .map(agent -> agent.view().phase() == ObservedAgents.Phase.IDLE ? "idle" : "executing")
                .orElse("allocating");
        return new ModelStatus.Health(current, Optional.empty(), since);
    }

    /** Credentials are in a bag where a related charm cannot read secrets. */
    static Map<String, Map<String, String>> withoutSecrets(Map<String, ? extends Map<String, String>> bags) {
        Map<String, Map<String, String>> shown = new TreeMap<>();
        bags.forEach((owner, bag) -> {
            Map<String, String> entries = new TreeMap<>(bag);
            entries.replaceAll((key, value) -> key.equals("password")
                    ? HIDDEN
                    : PASSWORD_OF_URI.matcher(value).replaceAll("$1" + HIDDEN + "@"));
            shown.put(owner, entries);
        });
        return shown;
    }

    Map<String, Object> unit(String typed) {
        UnitName unit = ModelLookup.unit(model, typed);
        UnitSnapshot inputs = UnitSnapshot.of(model, unit);
        UnitStatusRegistry.Entry entry = controller.context().statuses().of(unit);
        List<Map<String, Object>> relations = new ArrayList<>();
        for (UnitSnapshot.RelationInputs relation : inputs.relations()) {
            RelationRecord stored = model.relations().get(relation.id());
            Map<String, Object> view = new LinkedHashMap<>();
            view.put("relation-id", relation.id());
            view.put("endpoint", relation.endpoint());
            view.put("related-application", relation.remoteApplication());
            view.put("bags", stored == null ? Map.of() : withoutSecrets(stored.bags()));
            relations.add(view);
        }
        Path directory = home.unit(unit);
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("unit", unit.toString());
        view.put(
                "charm",
                model.applications().getOrDefault(unit.application(), null) == null
                        ? ""
                        : controller.charmOf(unit).metadata().name());
        view.put("release", inputs.release());
        view.put("leader", inputs.leader());
        view.put("address", inputs.address());
        view.put("public-address", inputs.address());
        view.put(
                "opened-ports",
                entry.ports().stream().map(port -> port + "/tcp").toList());
        view.put("workload-status", ModelStatus.Health.of(entry.status(), entry.since()));
        view.put("services", services(unit));
        view.put("relation-info", relations);
        view.put("directory", directory.toString());
        view.put("logs", directory.resolve("log").toString());
        return Map.of(unit.toString(), view);
    }

    private Map<String, Object> services(UnitName unit) {
        Map<String, Object> services = new LinkedHashMap<>();
        controller.agent(unit).map(UnitAgent::workers).orElse(Map.of()).forEach((name, workers) -> {
            Map<String, Object> views = new LinkedHashMap<>();
            workers.forEach(worker -> views.put(String.valueOf(worker.number()), worker(worker)));
            services.put(name, views);
        });
        return services;
    }

    private static Map<String, Object> worker(WorkerInfo worker) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("role", word(worker.role()));
        view.put("state", word(worker.state()));
        view.put("since", worker.since().toString());
        worker.pid().ifPresent(pid -> view.put("pid", pid));
        view.put("restarts", worker.restarts());
        worker.problem().ifPresent(problem -> view.put("problem", problem));
        return view;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** An action, without its parameters. */
    Map<String, Object> task(int id) {
        ActionRecord action = ModelLookup.action(model, id);
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("id", String.valueOf(id));
        view.put("unit", action.unit());
        view.put("action", action.action());
        view.put("status", word(action.outcome()));
        if (!action.message().isEmpty()) {
            view.put("message", action.message());
        }
        action.waiting().ifPresent(waiting -> view.put("waits-for", waiting.text()));
        view.put("results", action.results());
        view.put(
                action.outcome() == ActionRecord.Outcome.RUNNING ? "started" : "completed",
                action.at().toString());
        return view;
    }

    Map<String, Object> config(String name) {
        return ConfigView.of(model, controller.metadata(), name);
    }

    /** Counts the data that would be deleted with units, for the operator's confirmation. */
    static final class DataLoss {
        private final Controller controller;

        DataLoss(Controller controller) {
            this.controller = controller;
        }

        /**
         * Returns {@code data}, the units with data that exists nowhere else; {@code counts} of that data; and {@code uncounted},
         * why some of it cannot be counted.
         */
        Map<String, Object> of(ControllerRequest.Holdings request) {
            Model model = controller.model();
            List<String> data = new ArrayList<>();
            Map<String, Long> counts = new TreeMap<>();
            List<String> uncounted = new ArrayList<>();
            for (UnitName unit : units(request, model)) {
                Application app = ModelLookup.application(model, unit.application());
                var charm = ModelLookup.metadata(controller.metadata(), app.charm());
                if (!charm.limits().data().test(charm.effective(app.config()))) {
                    continue;
                }
                data.add(unit.toString());
                try {
                    // The store and the catalog may both count the same patches.
                    controller
                            .agent(unit)
                            .map(UnitAgent::dataCounts)
                            .orElse(Map.of())
                            .forEach((what, count) -> counts.merge(what, count, Math::max));
                } catch (RuntimeException e) {
                    uncounted.add(unit + ": " + e.getMessage());
                }
            }
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("data", data);
            answer.put("counts", counts);
            answer.put("uncounted", String.join("; ", uncounted));
            return answer;
        }

        private static List<UnitName> units(ControllerRequest.Holdings request, Model model) {
            if (!request.units().isEmpty()) {
                return request.units().stream()
                        .map(typed -> ModelLookup.unit(model, typed))
                        .toList();
            }
            request.application().ifPresent(app -> ModelLookup.application(model, app));
            return model.units().stream()
                    .filter(unit -> request.application()
                            .map(unit.application()::equals)
                            .orElse(true))
                    .toList();
        }
    }
}
