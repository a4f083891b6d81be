package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Application.UnitRecord;
import io.livepatch.charm.model.Model.RelationRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A change of the model. Pure and idempotent: an equal model as the result means that there was nothing to do.
 */
public sealed interface ModelChange {

    /**
     * The model after it.
     *
     * @param charms all charms, by name
     * @throws CharmException.Invalid with all problems, if the change is impossible
     */
    Model applyTo(Model model, Map<String, CharmMetadata> charms);

    private static Optional<String> unitsProblem(int units) {
        return units < 1 || units > AddressAllocator.LAST
                ? Optional.of("the number of units is " + units + " and may be from 1 to " + AddressAllocator.LAST)
                : Optional.empty();
    }

    /**
     * Deploys an application with at least {@code units} units. An existing one gets the given options and the missing units; other
     * options and further units stay, and so does its release.
     *
     * @param release the id of the release that the units run from
     */
    record Deploy(String charm, String application, int units, Map<String, String> config, String release)
            implements ModelChange {
        public Deploy {
            config = Map.copyOf(config);
        }

        /** Before its release is known. */
        public Deploy(String charm, String application, int units, Map<String, String> config) {
            this(charm, application, units, config, "");
        }

        public Deploy withRelease(String id) {
            return new Deploy(charm, application, units, config, id);
        }

        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            CharmMetadata metadata = charms.get(charm);
            if (metadata == null) {
                throw new CharmException.Invalid(
                        "unknown charm '" + charm + "'" + Suggestion.after(charm, charms.keySet()));
            }
            List<String> problems = new ArrayList<>();
            if (UnitName.parse(application + "/0").isEmpty()) {
                problems.add("'" + application
                        + "' is no application name: lower-case letters, digits and '-', a letter first");
            }
            unitsProblem(units).ifPresent(problems::add);
            Application base =
                    model.applications().containsKey(application) ? again(model) : Application.of(charm, release);
            NavigableMap<String, String> options = new TreeMap<>(base.config());
            options.putAll(config);
            problems.addAll(metadata.problems(base.config(), options));
            metadata.refuse(problems);
            int missing = units - model.aliveUnits(application).size();
            return new ScaleValidator(model, application, metadata)
                    .check(base.withConfig(options)
                            .grown(model, application, missing)
                            .withPeers(application, metadata));
        }

        private Application again(Model model) {
            Application there = ModelLookup.aliveApplication(model, application);
            if (!there.charm().equals(charm)) {
                throw new CharmException.Invalid("application '" + application + "' exists and runs charm '"
                        + there.charm() + "'; remove it first, or deploy '" + charm + "' under another name");
            }
            return there;
        }

        /** Names only: values may be sensitive. */
        @Override
        public String toString() {
            return "deploy " + charm + " as " + application + (units == 1 ? "" : " with " + units + " units");
        }
    }

    /** Adds units to an application. */
    record AddUnits(String application, int count) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Application app = ModelLookup.aliveApplication(model, application);
            unitsProblem(count).ifPresent(problem -> {
                throw new CharmException.Invalid(problem);
            });
            return new ScaleValidator(model, application, ModelLookup.metadata(charms, app.charm()))
                    .check(app.grown(model, application, count));
        }
    }

    /** Marks units as dying, or none if one is unknown; they are dropped after their processes have ended. */
    record RemoveUnits(List<String> units) implements ModelChange {
        public RemoveUnits {
            units = List.copyOf(units);
        }

        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Model changed = model;
            for (String typed : units) {
                UnitName unit = ModelLookup.unit(model, typed);
                Application app = ModelLookup.application(changed, unit.application());
                UnitRecord record = model.unit(unit).orElseThrow();
                changed = changed.withApplication(unit.application(), app.withUnit(unit.number(), record.asDying()));
            }
            return changed;
        }
    }

    /** Relates two endpoints; an application's name alone is enough if only one pair fits. */
    record Integrate(String one, String other) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            return new EndpointMatcher(model, charms).relate(one, other);
        }

        @Override
        public String toString() {
            return "relate " + one + " and " + other;
        }
    }

    /** Sets and resets options. */
    record Configure(String application, Map<String, String> set, List<String> reset) implements ModelChange {
        public Configure {
            set = Map.copyOf(set);
            reset = List.copyOf(reset);
        }

        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Application app = ModelLookup.application(model, application);
            CharmMetadata metadata = ModelLookup.metadata(charms, app.charm());
            NavigableMap<String, String> config = new TreeMap<>(app.config());
            config.putAll(set);
            List<String> problems = new ArrayList<>();
            for (String key : reset) {
                // An option of an older version, which this one does not know, can be unset.
                if (config.remove(key) == null) {
                    metadata.unknownOption(key).ifPresent(problems::add);
                }
            }
            problems.addAll(metadata.problems(app.config(), config));
            metadata.refuse(problems);
            return new ScaleValidator(model, application, metadata)
                    .check(model.withApplication(application, app.withConfig(config)));
        }

        /** Names only: values may be sensitive. */
        @Override
        public String toString() {
            return "configure " + application + " " + set.keySet() + " " + reset;
        }
    }

    /** Marks an application and its units as dying; they are dropped after their processes have ended. */
    record RemoveApplication(String application) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            return model.withApplication(
                    application, ModelLookup.application(model, application).asDying());
        }
    }

    /** Marks everything as dying. */
    record RemoveAll() implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Model dying = model;
            for (Map.Entry<String, Application> app : model.applications().entrySet()) {
                dying = dying.withApplication(app.getKey(), app.getValue().asDying());
            }
            return dying;
        }
    }

    /** Begins the removal of a dying unit: its charm is told from now on. */
    record LeaveUnit(UnitName unit, Instant now) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            return model.unit(unit)
                    .filter(UnitRecord::dying)
                    .map(record -> model.withApplication(
                            unit.application(),
                            ModelLookup.application(model, unit.application())
                                    .withUnit(unit.number(), record.asLeaving(now))))
                    .orElse(model);
        }
    }

    /** Gives applications, or all if none is named, another release; their units are moved to it by {@link MoveUnit}. */
    record Refresh(List<String> applications, String release) implements ModelChange {
        public Refresh {
            applications = List.copyOf(applications);
        }

        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Model changed = model;
            for (String name : applications.isEmpty() ? alive(model) : applications) {
                Application app = ModelLookup.aliveApplication(model, name);
                changed = changed.withApplication(name, app.withRelease(release));
            }
            return changed;
        }

        private static List<String> alive(Model model) {
            return model.applications().entrySet().stream()
                    .filter(app -> !app.getValue().dying())
                    .map(Map.Entry::getKey)
                    .toList();
        }
    }

    /** Moves a unit to the revision of its application. */
    record MoveUnit(UnitName unit) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            return model.unit(unit)
                    .map(record -> {
                        Application app = ModelLookup.application(model, unit.application());
                        return model.withApplication(
                                unit.application(), app.withUnit(unit.number(), record.withRevision(app.revision())));
                    })
                    .orElse(model);
        }
    }

    /** Records the controller's own release for everything for which an earlier version of this program recorded none. */
    record AddReleases(String release) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Model changed = model;
            for (Map.Entry<String, Application> app : model.applications().entrySet()) {
                changed = changed.withApplication(app.getKey(), app.getValue().withKnownRelease(release));
            }
            return changed;
        }
    }

    /** Adds the peer relations that applications of an earlier release do not have. */
    record AddPeers() implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Model changed = model;
            for (Map.Entry<String, Application> app : model.applications().entrySet()) {
                CharmMetadata metadata = charms.get(app.getValue().charm());
                if (metadata != null) {
                    changed = changed.withPeers(app.getKey(), metadata);
                }
            }
            return changed;
        }
    }

    /** Drops a unit after its processes have ended and its files are deleted. */
    record ForgetUnit(UnitName unit) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            Application app = model.applications().get(unit.application());
            if (app == null) {
                return model;
            }
            Model without = model.withApplication(unit.application(), app.withoutUnit(unit.number()));
            for (Map.Entry<Integer, RelationRecord> relation : model.relations().entrySet()) {
                if (relation.getValue().bags().containsKey(unit.toString())) {
                    without = without.withRelation(
                            relation.getKey(), relation.getValue().withoutBag(unit.toString()));
                }
            }
            return without.withoutSecretsOf(unit.toString());
        }
    }

    /** Drops an application without units, its relations and its secrets. */
    record ForgetApplication(String application) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            return model.withoutApplication(application);
        }
    }

    /** Moves all units to this subnet; units in it keep their addresses. */
    record MoveTo(String subnet) implements ModelChange {
        @Override
        public Model applyTo(Model model, Map<String, CharmMetadata> charms) {
            return AddressAllocator.move(model, subnet);
        }
    }
}
