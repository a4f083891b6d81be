package io.livepatch.fleet.config;

import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.fleet.flock.Flock;
import java.util.Map;

/** One flock in the keys of a file, to be shown and sent. */
public final class FlockFormat {
    private FlockFormat() {}

    /**
     * Reads YAML or JSON, as an entry of {@code flocks}.
     *
     * @throws io.livepatch.common.config.ConfigException with everything that is wrong with it
     */
    public static Flock read(String text) {
        return ConfigReader.of(FlockOptions.class, KeyStyle.HYPHENS)
                .read("flock", text)
                .value()
                .flock();
    }

    /** Texts, numbers, lists and maps. As YAML or JSON, {@link #read} reads the same flock from it. */
    public static Map<String, Object> write(Flock flock) {
        return ConfigPrinter.tree(FlockOptions.of(flock), KeyStyle.HYPHENS);
    }
}
