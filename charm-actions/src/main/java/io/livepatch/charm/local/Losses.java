package io.livepatch.charm.local;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Application;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelLookup;
import io.livepatch.charm.wire.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds out what would be lost with units, so that an operator can be asked. */
final class Losses {
    private final Controller controller;

    Losses(Controller controller) {
        this.controller = controller;
    }

    /**
     * Answers {@code data}, the units that hold data which is nowhere else; {@code counts}, how much they hold; and {@code uncounted},
     * why some of it cannot be counted.
     */
    Map<String, Object> of(Request.Holdings request) {
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
                // The same patches may be counted in a store and in a catalog.
                controller
                        .agent(unit)
                        .map(UnitAgent::holdings)
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

    private static List<UnitName> units(Request.Holdings request, Model model) {
        if (!request.units().isEmpty()) {
            return request.units().stream()
                    .map(typed -> ModelLookup.unit(model, typed))
                    .toList();
        }
        request.application().ifPresent(app -> ModelLookup.application(model, app));
        return model.units().stream()
                .filter(unit ->
                        request.application().map(unit.application()::equals).orElse(true))
                .toList();
    }
}
