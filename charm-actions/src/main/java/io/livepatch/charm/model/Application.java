package io.livepatch.charm.model;

import java.time.Instant;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One application.
 *
 * @param config the options that the operator has set, as text, already checked
 * @param nextUnit the number of the next unit; numbers are not reused
 */
public record Application(
        String charm,
        NavigableMap<String, String> config,
        NavigableMap<Integer, UnitRecord> units,
        int nextUnit,
        boolean dying) {

    public Application {
        config = Model.frozen(config);
        units = Model.frozen(units);
    }

    static Application of(String charm) {
        return new Application(charm, new TreeMap<>(), new TreeMap<>(), 0, false);
    }

    Application withConfig(NavigableMap<String, String> value) {
        return new Application(charm, value, units, nextUnit, dying);
    }

    Application withUnit(int number, UnitRecord unit) {
        return new Application(charm, config, Model.with(units, number, unit), Math.max(nextUnit, number + 1), dying);
    }

    /** The model with {@code count} more units, each with a free address. */
    Model grown(Model model, String name, int count) {
        Model grown = model.withApplication(name, this);
        Application app = this;
        for (int i = 0; i < count; i++) {
            app = app.withUnit(app.nextUnit, UnitRecord.at(AddressAllocator.next(grown)));
            grown = grown.withApplication(name, app);
        }
        return grown;
    }

    Application withoutUnit(int number) {
        NavigableMap<Integer, UnitRecord> left = new TreeMap<>(units);
        left.remove(number);
        return new Application(charm, config, left, nextUnit, dying);
    }

    Application asDying() {
        NavigableMap<Integer, UnitRecord> all = new TreeMap<>();
        units.forEach((number, unit) -> all.put(number, unit.asDying()));
        return new Application(charm, config, all, nextUnit, true);
    }

    @Override
    public String toString() {
        return charm + units.keySet();
    }

    /**
     * One unit of an application; its status is not part of the model.
     *
     * @param dying whether it is to be removed
     * @param leavingSince when its charm was first told; later than the request if other applications had to leave before
     */
    public record UnitRecord(String address, boolean dying, Optional<Instant> leavingSince) {
        static UnitRecord at(String address) {
            return new UnitRecord(address, false, Optional.empty());
        }

        UnitRecord withAddress(String value) {
            return new UnitRecord(value, dying, leavingSince);
        }

        UnitRecord asDying() {
            return new UnitRecord(address, true, leavingSince);
        }

        UnitRecord asLeaving(Instant now) {
            return new UnitRecord(address, true, leavingSince.or(() -> Optional.of(now)));
        }
    }
}
