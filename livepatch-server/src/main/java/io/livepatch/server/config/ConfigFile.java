package io.livepatch.server.config;

/** Reads {@link Config} from a YAML file and the environment. */
final class ConfigFile {
    private ConfigFile() {}
}
