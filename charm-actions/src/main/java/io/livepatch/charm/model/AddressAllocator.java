package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Application.UnitRecord;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Allocates the addresses of units. */
final class AddressAllocator {
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){2}");
    /** Also the maximum number of units of a model. */
    static final int LAST = 254;

    private AddressAllocator() {}

    static void check(String subnet) {
        if (!LOOPBACK.matcher(subnet).matches()) {
            throw new CharmException.Invalid("subnet '" + subnet
                    + "' is refused: give the first three numbers of a loopback address, such as 127.0.20");
        }
    }

    /** The smallest free address. */
    static String next(Model model) {
        Set<String> taken = new TreeSet<>();
        model.applications().values().forEach(app -> app.units().values().forEach(unit -> taken.add(unit.address())));
        for (int n = 1; n <= LAST; n++) {
            String address = model.subnet() + "." + n;
            if (!taken.contains(address)) {
                return address;
            }
        }
        throw new CharmException.Invalid(
                "all " + LAST + " addresses of " + model.subnet() + " are in use; remove a unit first");
    }

    /** The model in another subnet: every unit of another one gets a new address. */
    static Model move(Model model, String subnet) {
        Model moved = model.withSubnet(subnet);
        for (UnitName name : model.units()) {
            Application app = moved.applications().get(name.application());
            UnitRecord unit = app == null ? null : app.units().get(name.number());
            if (app != null && unit != null && !unit.address().startsWith(subnet + ".")) {
                moved = moved.withApplication(
                        name.application(), app.withUnit(name.number(), unit.withAddress(next(moved))));
            }
        }
        return moved;
    }
}
