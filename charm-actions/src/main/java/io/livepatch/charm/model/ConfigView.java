package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The options of an application for display, without sensitive values. */
public final class ConfigView {
    private static final String HIDDEN = "(hidden)";

    private ConfigView() {}

    /** In Juju's form: each option with type, source, value and description. */
    public static Map<String, Object> of(Model model, Map<String, CharmMetadata> charms, String name) {
        Application app = ModelLookup.application(model, name);
        Map<String, Object> settings = new LinkedHashMap<>();
        for (CharmOption option :
                ModelLookup.metadata(charms, app.charm()).options().values()) {
            String set = app.config().get(option.name());
            // An older version may have accepted a value of another type.
            Object value = set != null
                    ? option.read(set).orElse(set)
                    : option.defaultValue().orElse("");
            Map<String, Object> setting = new LinkedHashMap<>();
            setting.put("type", option.type().name().toLowerCase(Locale.ROOT));
            setting.put("source", set != null ? "user" : option.defaultValue().isPresent() ? "default" : "unset");
            setting.put("value", set != null && option.sensitive() ? HIDDEN : value);
            setting.put("description", option.description());
            settings.put(option.name(), setting);
        }
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("application", name);
        view.put("charm", app.charm());
        view.put("settings", settings);
        return view;
    }
}
