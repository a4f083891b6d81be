package io.livepatch.charm.cli;

import io.livepatch.charm.local.Charms;
import io.livepatch.charm.model.Deployment;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.reconcile.ObservedAgents;
import io.livepatch.charm.reconcile.Planner;
import io.livepatch.charm.wire.JsonChannel;
import io.livepatch.charm.wire.Request;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "deploy",
        mixinStandardHelpOptions = true,
        description = {
            "Deploys a charm, or a bundle of several.",
            "`livepatch` alone is the bundle of livepatch, postgresql and haproxy; with an application name it is the charm."
        })
final class DeployCommand implements Callable<Integer> {
    private final CliContext cliContext;

    @Parameters(index = "0", paramLabel = "CHARM|BUNDLE", description = "a charm, a bundle's name, or a bundle's file")
    private String what = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "APPLICATION",
            description = "its name; the charm's when left out")
    private Optional<String> application = Optional.empty();

    @Option(names = "--config", paramLabel = "KEY=VALUE|FILE", description = "options to set; may be repeated")
    private List<String> config = List.of();

    @Option(
            names = {"-n", "--num-units"},
            paramLabel = "N",
            description = "how many units of a charm; one when left out")
    private Optional<Integer> units = Optional.empty();

    @Option(
            names = "--overlay",
            paramLabel = "FILE",
            description = "options and numbers of units over those of the bundle; may be repeated, the last one wins")
    private List<Path> overlays = List.of();

    @Option(names = "--dry-run", description = "only prints what would be done next")
    private boolean dryRun;

    DeployCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() {
        Optional<Bundle> bundle = application.isPresent() ? Optional.empty() : Bundle.find(what);
        Request.Deploy request = bundle.map(this::bundle).orElseGet(this::charm);
        JsonNode answer = dryRun ? preview(request) : cliContext.ask(request);
        answer.path("lines").forEach(line -> cliContext.out().println(line.asString()));
        if (!dryRun) {
            cliContext
                    .out()
                    .println(
                            answer.path("changed").asBoolean()
                                    ? "Deploy of " + what + " completed; juju wait-for shows how it comes up."
                                    : "nothing to do: " + what + " is deployed already");
        }
        return 0;
    }

    /** A preview starts nothing either: without a controller it is made here, from the model that is kept. */
    private JsonNode preview(Request.Deploy request) {
        return cliContext.askRunning(request).orElseGet(() -> {
            Model stored = cliContext.stored().orElseGet(() -> Model.empty(subnet().orElse(Model.DEFAULT_SUBNET)));
            Model after = new Deployment(request.applications(), request.relations(), request.subnet())
                    .applyTo(stored, Charms.metadata(InstantSource.system()), _ -> {});
            List<String> lines = Planner.plan(after, ObservedAgents.of(new TreeMap<>()), Instant.now()).stream()
                    .map(Object::toString)
                    .toList();
            return JsonChannel.JSON.valueToTree(Map.of("lines", lines));
        });
    }

    private Request.Deploy bundle(Bundle bundle) {
        if (!config.isEmpty() || units.isPresent()) {
            throw CliException.usage(
                    "'" + what + "' is a bundle, which has no " + (config.isEmpty() ? "-n" : "--config")
                            + "; give it an --overlay, or deploy its charm alone by giving an application name too");
        }
        Bundle overlaid = bundle;
        for (Path overlay : overlays) {
            overlaid = overlaid.with(BundleFile.read(overlay));
        }
        return new Request.Deploy(overlaid.applications(), overlaid.relations(), subnet(), dryRun);
    }

    private Request.Deploy charm() {
        if (!overlays.isEmpty()) {
            throw CliException.usage("'" + what + "' is a charm, and --overlay is for bundles; give it --config");
        }
        Map<String, String> options = new ConfigArguments(cliContext).read(config, application.orElse(what));
        ModelChange.Deploy deploy = new ModelChange.Deploy(what, application.orElse(what), units.orElse(1), options);
        return new Request.Deploy(List.of(deploy), List.of(), subnet(), dryRun);
    }

    private Optional<String> subnet() {
        return Optional.ofNullable(cliContext.environment().get("LIVEPATCH_SUBNET"))
                .filter(it -> !it.isBlank());
    }
}
