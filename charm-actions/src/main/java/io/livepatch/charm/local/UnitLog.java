package io.livepatch.charm.local;

import io.livepatch.charm.api.UnitName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logger of one unit in {@code debug.log}, named as Juju names it. */
final class UnitLog {
    private UnitLog() {}

    static Logger of(UnitName unit) {
        return LoggerFactory.getLogger("unit-" + unit.fileName());
    }
}
