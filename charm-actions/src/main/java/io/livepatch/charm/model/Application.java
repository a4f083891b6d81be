package io.livepatch.charm.model;

import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * One application.
 *
 * @param config what the operator has set, as text; checked against the charm's options before it gets here
 * @param nextUnit the number of the next unit; none is used twice
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

    /** With so many more, each with an address that is free in {@code model}. */
    Model grown(Model model, String name, int count) {
        Model grown = model.withApplication(name, this);
        Application app = this;
        for (int i = 0; i < count; i++) {
            app = app.withUnit(app.nextUnit, new UnitRecord(AddressAllocator.next(grown), false));
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
        units.forEach((number, unit) -> all.put(number, new UnitRecord(unit.address(), true)));
        return new Application(charm, config, all, nextUnit, true);
    }

    @Override
    public String toString() {
        return charm + units.keySet();
    }

    /** One unit's place in the model; how it fares is not kept, it is looked up. */
    public record UnitRecord(String address, boolean dying) {}
}
