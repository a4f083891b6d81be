package io.livepatch.charm.local;

import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.local.ModelViews.DataLoss;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.Connections;
import io.livepatch.charm.model.Deployment;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelLookup;
import io.livepatch.charm.status.StatusTable;
import io.livepatch.charm.wire.ControllerRequest;
import io.livepatch.charm.wire.ModelDirectory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Executes one request. The returned value is serialised as JSON. */
final class RequestHandler {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Controller controller;
    private final ModelDirectory home;
    private final Consumer<String> progress;

    RequestHandler(Controller controller, ModelDirectory home, Consumer<String> progress) {
        this.controller = controller;
        this.home = home;
        this.progress = progress;
    }

    Object answer(ControllerRequest request) {
        return switch (request) {
            case ControllerRequest.Deploy deploy -> deploy(deploy);
            case ControllerRequest.Refresh(var apps, var release) -> refresh(apps, release);
            case ControllerRequest.AddUnits(var app, var count) -> addUnits(app, count);
            case ControllerRequest.RemoveUnits(var units) -> removeUnits(units);
            case ControllerRequest.Holdings holdings -> new DataLoss(controller).of(holdings);
            case ControllerRequest.Integrate(var one, var other) -> changed(new ModelChange.Integrate(one, other));
            case ControllerRequest.RemoveApplication(var app) -> changed(new ModelChange.RemoveApplication(app));
            case ControllerRequest.Configure(var app, var set, var reset) ->
                changed(new ModelChange.Configure(app, set, reset));
            case ControllerRequest.ShowConfig(var app) -> views().config(app);
            case ControllerRequest.Run run -> new ActionRun(controller, progress).run(run);
            case ControllerRequest.ListActions(var app) -> actions(app);
            case ControllerRequest.ShowTask(var id) -> views().task(id);
            case ControllerRequest.CancelTask(var id) -> cancel(id);
            case ControllerRequest.ShowUnit(var unit) -> views().unit(unit);
            case ControllerRequest.Status(var table, var relations) ->
                table ? StatusTable.render(views().status(), relations) : views().status();
            case ControllerRequest.Metrics() -> controller.context().metrics().text();
            case ControllerRequest.WaitFor(var seconds) -> waitFor(Duration.ofSeconds(seconds));
            case ControllerRequest.Destroy() -> destroy();
            case ControllerRequest.Shutdown() -> shutdown();
        };
    }

    private ModelViews views() {
        return new ModelViews(controller, home);
    }

    private Map<String, Object> deploy(ControllerRequest.Deploy deploy) {
        List<String> done = new ArrayList<>();
        if (deploy.dryRun()) {
            Model after = deployment(deploy).applyTo(controller.model(), controller.metadata(), done::add);
            return Map.of(
                    "changed",
                    false,
                    "lines",
                    controller.preview(after).stream().map(Object::toString).toList());
        }
        deploy.applications().forEach(app -> home.releases().require(app.release()));
        // One atomic update: of two concurrent commands the second finds nothing to do.
        controller.context().store().update(model -> {
            done.clear();
            return deployment(deploy).applyTo(model, controller.metadata(), done::add);
        });
        return Map.of("changed", !done.isEmpty(), "lines", done);
    }

    /** Returns the applications whose units are to be moved. */
    private List<String> refresh(List<String> applications, String release) {
        home.releases().require(release);
        List<String> moved = new ArrayList<>();
        controller.context().store().update(model -> {
            moved.clear();
            Model after = new ModelChange.Refresh(applications, release).applyTo(model, controller.metadata());
            after.applications().forEach((name, app) -> {
                if (!app.equals(model.applications().get(name))) {
                    moved.add(name);
                }
            });
            return after;
        });
        return moved;
    }

    private static Deployment deployment(ControllerRequest.Deploy deploy) {
        return new Deployment(deploy.applications(), deploy.relations(), deploy.subnet());
    }

    private List<String> addUnits(String application, int count) {
        List<UnitName> added =
                change(new ModelChange.AddUnits(application, count)).aliveUnits(application);
        return named(added.subList(added.size() - count, added.size()));
    }

    /** Returns the units that this request marks as dying. */
    private List<String> removeUnits(List<String> typed) {
        List<UnitName> removed = new ArrayList<>();
        controller.context().store().update(model -> {
            removed.clear();
            removed.addAll(aliveUnits(model));
            Model changed = new ModelChange.RemoveUnits(typed).applyTo(model, controller.metadata());
            removed.removeAll(aliveUnits(changed));
            return changed;
        });
        return named(removed);
    }

    private static List<UnitName> aliveUnits(Model model) {
        return model.applications().keySet().stream()
                .flatMap(app -> model.aliveUnits(app).stream())
                .toList();
    }

    private static List<String> named(List<UnitName> units) {
        return units.stream().map(UnitName::toString).toList();
    }

    private Map<String, Object> changed(ModelChange change) {
        Model before = controller.model();
        Model after = change(change);
        return Map.of("changed", !after.equals(before));
    }

    private Model change(ModelChange change) {
        Map<String, CharmMetadata> charms = controller.metadata();
        return controller
                .context()
                .store()
                .update(model -> Connections.check(model, change.applyTo(model, charms), charms));
    }

    private Map<String, Map<String, Object>> actions(String application) {
        CharmMetadata metadata = controller
                .metadata()
                .get(ModelLookup.application(controller.model(), application).charm());
        Map<String, Map<String, Object>> all = new LinkedHashMap<>();
        if (metadata != null) {
            for (ActionSpec action : metadata.actions().values()) {
                all.put(
                        action.name(),
                        Map.of(
                                "description",
                                action.description(),
                                "parameters",
                                action.parameters().keySet()));
            }
        }
        return all;
    }

    private Map<String, Object> cancel(int id) {
        ActionRecord action = ModelLookup.action(controller.model(), id);
        boolean cancelled = UnitName.parse(action.unit())
                .flatMap(controller::agent)
                .filter(agent -> agent.actions().cancel(id))
                .isPresent();
        if (!cancelled) {
            throw new CharmException.Invalid("task " + id + " '" + action.action() + "' on " + action.unit()
                    + " has ended already; juju show-task " + id + " has its result");
        }
        return views().task(id);
    }

    private Map<String, Object> waitFor(Duration timeout) {
        Instant until = controller.context().clock().instant().plus(timeout);
        if (controller.model().isEmpty()) {
            throw new CharmException("the model is empty; deploy something first: juju deploy livepatch");
        }
        try (UnitStatusRegistry.Subscription _ = controller.context().statuses().listen(this::report)) {
            controller.model().units().forEach(unit -> report(unit, status(unit)));
            while (!active()) {
                if (controller.context().clock().instant().isAfter(until)) {
                    throw new CharmException(
                            "after " + timeout.toSeconds() + " s not all units are active:\n" + inactiveUnits());
                }
                pause();
            }
        }
        return Map.of("active", true);
    }

    private boolean active() {
        return controller.settled()
                && controller.model().units().stream()
                        .allMatch(unit -> status(unit).kind() == UnitStatus.Kind.ACTIVE);
    }

    private UnitStatus status(UnitName unit) {
        return controller.context().statuses().of(unit).status();
    }

    private String inactiveUnits() {
        List<String> lines = new ArrayList<>();
        for (UnitName unit : controller.model().units()) {
            if (status(unit).kind() != UnitStatus.Kind.ACTIVE) {
                lines.add("  " + unit + "  " + status(unit));
            }
        }
        return String.join("\n", lines);
    }

    private void report(UnitName unit, UnitStatus status) {
        progress.accept(unit + "  " + status);
    }

    private Map<String, Object> destroy() {
        try (UnitStatusRegistry.Subscription _ = controller.context().statuses().listen(this::report)) {
            controller.change(new ModelChange.RemoveAll());
            while (!controller.model().isEmpty()) {
                pause();
            }
            controller.close();
        }
        controller.daemon().shutdown();
        return Map.of("destroyed", true);
    }

    private Map<String, Object> shutdown() {
        try (UnitStatusRegistry.Subscription _ = controller.context().statuses().listen(this::report)) {
            controller.stopUnits();
        }
        controller.daemon().shutdown();
        return Map.of("stopped", true);
    }

    private static void pause() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CharmException("interrupted while waiting", e);
        }
    }
}
