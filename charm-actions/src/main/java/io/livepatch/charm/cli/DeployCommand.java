package io.livepatch.charm.cli;

import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.local.Charms;
import io.livepatch.charm.model.Deployment;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.reconcile.Planner;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import io.livepatch.charm.wire.ControllerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
            "`livepatch` alone is the bundle of livepatch, postgresql and haproxy; with an application name it is the charm.",
            "Copies the release of this command to $LIVEPATCH_HOME/releases, and new applications run from there; `refresh` moves others."
        })
final class DeployCommand implements Callable<Integer> {
    private final ControllerClient client;

    @Parameters(index = "0", paramLabel = "CHARM|BUNDLE", description = "a charm, a bundle's name, or a bundle's file")
    private String what = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "APPLICATION", description = "its name; default: the charm's")
    private Optional<String> application = Optional.empty();

    @Option(names = "--config", paramLabel = "KEY=VALUE|FILE", description = "options to set; may be repeated")
    private List<String> config = List.of();

    @Option(
            names = {"-n", "--num-units"},
            paramLabel = "N",
            description = "the number of units of a charm; default 1")
    private Optional<Integer> units = Optional.empty();

    @Option(
            names = "--overlay",
            paramLabel = "FILE",
            description =
                    "options and numbers of units that replace those of the bundle; may be repeated, the last one wins")
    private List<Path> overlays = List.of();

    @Option(names = "--dry-run", description = "only prints the next steps")
    private boolean dryRun;

    DeployCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        Optional<Bundle> bundle = application.isPresent() ? Optional.empty() : Bundle.find(what);
        ControllerRequest.Deploy request = bundle.map(this::bundle).orElseGet(this::charm);
        JsonNode answer = dryRun
                ? preview(request)
                : client.requestWithRelease(release -> new ControllerRequest.Deploy(
                        request.applications().stream()
                                .map(deploy -> deploy.withRelease(release))
                                .toList(),
                        request.relations(),
                        request.subnet(),
                        false));
        answer.path("lines").forEach(line -> client.println(line.asString()));
        if (!dryRun) {
            client.println(
                    answer.path("changed").asBoolean()
                            ? "Deploy of " + what + " completed; juju wait-for shows the progress."
                            : "nothing to do: " + what + " is deployed already");
        }
        return 0;
    }

    /** Without a running controller the preview is computed here from the stored model, because a preview must not start one. */
    private JsonNode preview(ControllerRequest.Deploy request) {
        return client.requestRunning(request).orElseGet(() -> {
            Model stored = client.stored().orElseGet(() -> Model.empty(subnet().orElse(Model.DEFAULT_SUBNET)));
            Model after = new Deployment(request.applications(), request.relations(), request.subnet())
                    .applyTo(stored, Charms.metadata(InstantSource.system()), _ -> {});
            List<String> lines = Planner.plan(after, new ObservedAgents(Map.of()), Instant.now()).stream()
                    .map(Object::toString)
                    .toList();
            return ControllerRequest.JSON.valueToTree(Map.of("lines", lines));
        });
    }

    private ControllerRequest.Deploy bundle(Bundle bundle) {
        if (!config.isEmpty() || units.isPresent()) {
            throw CliException.usage(
                    "'" + what + "' is a bundle, which has no " + (config.isEmpty() ? "-n" : "--config")
                            + "; give it an --overlay, or deploy its charm alone by giving an application name too");
        }
        Bundle overlaid = bundle;
        for (Path overlay : overlays) {
            overlaid = overlaid.with(BundleFile.read(overlay));
        }
        return new ControllerRequest.Deploy(overlaid.applications(), overlaid.relations(), subnet(), dryRun);
    }

    private ControllerRequest.Deploy charm() {
        if (!overlays.isEmpty()) {
            throw CliException.usage("'" + what + "' is a charm, and --overlay is for bundles; give it --config");
        }
        Map<String, String> options = new ConfigArguments(client).read(config, application.orElse(what));
        ModelChange.Deploy deploy = new ModelChange.Deploy(what, application.orElse(what), units.orElse(1), options);
        return new ControllerRequest.Deploy(List.of(deploy), List.of(), subnet(), dryRun);
    }

    private Optional<String> subnet() {
        return Optional.ofNullable(client.environment().get("LIVEPATCH_SUBNET")).filter(it -> !it.isBlank());
    }

    /** A bundle: several applications and their relations. */
    record Bundle(List<ModelChange.Deploy> applications, List<ModelChange.Integrate> relations) {

        Bundle {
            applications = List.copyOf(applications);
            relations = List.copyOf(relations);
        }

        /**
         * Finds a bundle by a file name that ends in {@code .yaml}, or by the name of a shipped one: {@code livepatch},
         * {@code livepatch-bundle}.
         */
        static Optional<Bundle> find(String name) {
            if (name.endsWith(".yaml") || name.endsWith(".yml")) {
                return Optional.of(of(BundleFile.read(Path.of(name))));
            }
            try (InputStream in =
                    Bundle.class.getResourceAsStream("/bundles/" + name.replaceFirst("-bundle$", "") + ".yaml")) {
                return in == null
                        ? Optional.empty()
                        : Optional.of(
                                of(BundleFile.parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8))));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read bundle '" + name + "': " + e.getMessage(), e);
            }
        }

        static Bundle of(BundleFile file) {
            List<ModelChange.Deploy> applications = new ArrayList<>();
            file.applications().forEach((app, entry) -> applications.add(deploy(app, entry)));
            return new Bundle(applications, file.relations());
        }

        private static ModelChange.Deploy deploy(String app, BundleFile.Entry entry) {
            return new ModelChange.Deploy(
                    entry.charm().orElse(app), app, entry.units().orElse(1), entry.options());
        }

        /**
         * Applies an overlay as Juju does: it replaces options and numbers of units one by one, and adds applications and
         * relations.
         */
        Bundle with(BundleFile overlay) {
            Map<String, ModelChange.Deploy> all = new LinkedHashMap<>();
            applications.forEach(deploy -> all.put(deploy.application(), deploy));
            overlay.applications().forEach((app, entry) -> {
                ModelChange.Deploy base = all.get(app);
                if (base == null && entry.charm().isEmpty()) {
                    throw CliException.usage("the overlay changes application '" + app
                            + "', which the bundle does not have" + Suggestion.after(app, all.keySet()));
                }
                all.put(app, base == null ? deploy(app, entry) : merge(base, entry));
            });
            List<ModelChange.Integrate> pairs = new ArrayList<>(relations);
            pairs.addAll(overlay.relations());
            return new Bundle(List.copyOf(all.values()), pairs);
        }

        private static ModelChange.Deploy merge(ModelChange.Deploy base, BundleFile.Entry entry) {
            Map<String, String> options = new LinkedHashMap<>(base.config());
            options.putAll(entry.options());
            return new ModelChange.Deploy(
                    entry.charm().orElse(base.charm()),
                    base.application(),
                    entry.units().orElse(base.units()),
                    options);
        }
    }
}
