package io.livepatch.charm.cli;

import io.livepatch.charm.api.DidYouMean;
import io.livepatch.charm.model.ModelChange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Several applications and their relations. */
record Bundle(List<ModelChange.Deploy> applications, List<ModelChange.Integrate> relations) {

    Bundle {
        applications = List.copyOf(applications);
        relations = List.copyOf(relations);
    }

    /** A file that ends in {@code .yaml}, or one of those that are shipped: {@code livepatch}, {@code livepatch-bundle}. */
    static Optional<Bundle> find(String name) {
        if (name.endsWith(".yaml") || name.endsWith(".yml")) {
            return Optional.of(of(BundleFile.read(Path.of(name))));
        }
        try (InputStream in =
                Bundle.class.getResourceAsStream("/bundles/" + name.replaceFirst("-bundle$", "") + ".yaml")) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(of(BundleFile.parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8))));
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

    /** As Juju lays one over another: what it says of an application replaces that, option by option; the rest is added. */
    Bundle with(BundleFile overlay) {
        Map<String, ModelChange.Deploy> all = new LinkedHashMap<>();
        applications.forEach(deploy -> all.put(deploy.application(), deploy));
        overlay.applications().forEach((app, entry) -> {
            ModelChange.Deploy below = all.get(app);
            if (below == null && entry.charm().isEmpty()) {
                throw CliException.usage("the overlay changes application '" + app + "', which the bundle does not have"
                        + DidYouMean.after(app, all.keySet()));
            }
            all.put(app, below == null ? deploy(app, entry) : over(below, entry));
        });
        List<ModelChange.Integrate> pairs = new ArrayList<>(relations);
        pairs.addAll(overlay.relations());
        return new Bundle(List.copyOf(all.values()), pairs);
    }

    private static ModelChange.Deploy over(ModelChange.Deploy below, BundleFile.Entry entry) {
        Map<String, String> options = new LinkedHashMap<>(below.config());
        options.putAll(entry.options());
        return new ModelChange.Deploy(
                entry.charm().orElse(below.charm()),
                below.application(),
                entry.units().orElse(below.units()),
                options);
    }
}
