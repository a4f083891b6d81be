package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Several applications and their relations, all or nothing. Pure.
 *
 * @param subnet the subnet of units' addresses, for an empty model
 */
public record Deployment(
        List<ModelChange.Deploy> applications, List<ModelChange.Integrate> relations, Optional<String> subnet) {

    /**
     * The model after it.
     *
     * @param done called with each change that has an effect
     * @throws CharmException.Invalid with the problems of all applications
     */
    public Model applyTo(Model model, Map<String, CharmMetadata> charms, Consumer<String> done) {
        Model placed = subnet.isPresent() && model.isEmpty()
                ? new ModelChange.MoveTo(subnet.get()).applyTo(model, charms)
                : model;
        Model deployed = applyAll(applications, placed, charms, done);
        return Connections.check(model, applyAll(relations, deployed, charms, done), charms);
    }

    private static Model applyAll(
            List<? extends ModelChange> changes,
            Model model,
            Map<String, CharmMetadata> charms,
            Consumer<String> done) {
        Model changed = model;
        List<CharmException.Invalid> refused = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (ModelChange change : changes) {
            try {
                Model next = change.applyTo(changed, charms);
                if (!next.equals(changed)) {
                    done.accept(change.toString());
                }
                changed = next;
            } catch (CharmException.Invalid e) {
                refused.add(e);
                problems.add(
                        change instanceof ModelChange.Deploy deploy
                                ? deploy.application() + ": " + e.getMessage()
                                : String.valueOf(e.getMessage()));
            }
        }
        if (refused.size() == 1) {
            throw refused.getFirst();
        }
        if (!refused.isEmpty()) {
            throw new CharmException.Invalid("nothing is deployed", problems);
        }
        return changed;
    }
}
