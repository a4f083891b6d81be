package io.livepatch.charm.model;

import java.time.Instant;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One application.
 *
 * @param config the options that the operator has set, as text, already checked
 * @param nextUnit the number of the next unit; numbers are not reused
 * @param revision what new units run, and what the others are moved to
 */
public record Application(
        String charm,
        NavigableMap<String, String> config,
        NavigableMap<Integer, UnitRecord> units,
        int nextUnit,
        boolean dying,
        Revision revision) {

    public Application {
        config = Model.frozen(config);
        units = Model.frozen(units);
        revision = Objects.requireNonNullElse(revision, Revision.UNKNOWN);
    }

    static Application of(String charm, String release) {
        return new Application(charm, new TreeMap<>(), new TreeMap<>(), 0, false, Revision.UNKNOWN.next(release));
    }

    Application withConfig(NavigableMap<String, String> value) {
        return new Application(charm, value, units, nextUnit, dying, revision);
    }

    Application withUnit(int number, UnitRecord unit) {
        return new Application(
                charm, config, Model.with(units, number, unit), Math.max(nextUnit, number + 1), dying, revision);
    }

    /** The model with {@code count} more units, each with a free address. */
    Model grown(Model model, String name, int count) {
        Model grown = model.withApplication(name, this);
        Application app = this;
        for (int i = 0; i < count; i++) {
            app = app.withUnit(app.nextUnit, UnitRecord.at(AddressAllocator.next(grown), revision));
            grown = grown.withApplication(name, app);
        }
        return grown;
    }

    Application withoutUnit(int number) {
        NavigableMap<Integer, UnitRecord> left = new TreeMap<>(units);
        left.remove(number);
        return new Application(charm, config, left, nextUnit, dying, revision);
    }

    Application asDying() {
        NavigableMap<Integer, UnitRecord> all = new TreeMap<>();
        units.forEach((number, unit) -> all.put(number, unit.asDying()));
        return new Application(charm, config, all, nextUnit, true, revision);
    }

    /** With the next revision, unless it has this release already. */
    Application withRelease(String release) {
        return new Application(charm, config, units, nextUnit, dying, revision.next(release));
    }

    /** With this release wherever an earlier version of this program recorded none. */
    Application withKnownRelease(String release) {
        NavigableMap<Integer, UnitRecord> all = new TreeMap<>();
        units.forEach((number, unit) ->
                all.put(number, unit.withRevision(unit.revision().orKnown(release))));
        return new Application(charm, config, all, nextUnit, dying, revision.orKnown(release));
    }

    @Override
    public String toString() {
        return charm + units.keySet();
    }

    /**
     * What a unit runs.
     *
     * @param number counts the releases that the application was moved to
     * @param release the id of a release; empty if an earlier version of this program recorded none
     */
    public record Revision(int number, String release) {
        static final Revision UNKNOWN = new Revision(0, "");

        Revision next(String other) {
            return other.equals(release) ? this : new Revision(number + 1, other);
        }

        Revision orKnown(String other) {
            return release.isEmpty() ? new Revision(number, other) : this;
        }
    }

    /**
     * One unit of an application; its status is not part of the model.
     *
     * @param dying whether it is to be removed
     * @param leavingSince when its charm was first told; later than the request if other applications had to leave before
     * @param revision that of its application, once the unit has been moved to it
     */
    public record UnitRecord(String address, boolean dying, Optional<Instant> leavingSince, Revision revision) {

        public UnitRecord {
            revision = Objects.requireNonNullElse(revision, Revision.UNKNOWN);
        }

        static UnitRecord at(String address, Revision revision) {
            return new UnitRecord(address, false, Optional.empty(), revision);
        }

        UnitRecord withAddress(String value) {
            return new UnitRecord(value, dying, leavingSince, revision);
        }

        UnitRecord asDying() {
            return new UnitRecord(address, true, leavingSince, revision);
        }

        UnitRecord asLeaving(Instant now) {
            return new UnitRecord(address, true, leavingSince.or(() -> Optional.of(now)), revision);
        }

        UnitRecord withRevision(Revision value) {
            return new UnitRecord(address, dying, leavingSince, value);
        }
    }
}
