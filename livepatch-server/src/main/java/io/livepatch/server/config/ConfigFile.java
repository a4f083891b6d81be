package io.livepatch.server.config;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@link Config} from a YAML file and the environment. Keys are nested or dotted, {@code -} and {@code _} are the same,
 * and an environment variable {@code LP_SERVER_URL_TEMPLATE} overrides {@code server.url-template} in the file.
 */
public final class ConfigFile {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);

    private ConfigFile() {}

    /**
     * Reads a file, then the environment over it.
     *
     * @param file null for the environment alone
     * @throws ConfigException with everything that is wrong
     */
    public static Config read(@Nullable Path file, Map<String, String> environment) {
        ConfigReader<Config> reader = ConfigReader.of(Config.class, KeyStyle.HYPHENS)
                .environment("LP_", environment)
                .unsupported(CanonicalKeys.UNSUPPORTED)
                .refuseAliases();
        ConfigReader.Result<Config> read = file == null ? reader.readEnvironment() : reader.read(file);
        if (!read.warnings().isEmpty()) {
            LOG.warn(
                    "ignored keys that this server does not have: {}",
                    read.warnings().stream().map(ConfigProblem::key).collect(Collectors.joining(", ")));
        }
        if (read.value().auth().users().isEmpty()) {
            LOG.warn("auth.basic.users is empty or off: nobody can log in to the admin API");
        }
        return read.value();
    }

    /** A configuration as YAML, with its defaults filled in and its secrets masked. */
    public static String print(Config config) {
        return ConfigPrinter.yaml(config, KeyStyle.HYPHENS);
    }
}
