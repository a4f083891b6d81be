package io.livepatch.fleet.gate;

import io.livepatch.common.config.Secret;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What is run in a load. It speaks to the terminal as if it had been started there, but gets nothing of what the fleet knows.
 *
 * @param environment that it would inherit
 * @param secrets that are in use, and must not be among it
 */
public record Command(List<String> words, Map<String, String> environment, Collection<Secret> secrets) {
    public Command {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
        secrets = List.copyOf(secrets);
        if (words.isEmpty()) {
            throw new IllegalArgumentException("no command was given, expected one after '--'");
        }
    }

    RunningCommand prepared() {
        ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().entrySet().removeIf(it -> ours(it.getKey()) || telling(it.getValue()));
        return new RunningCommand(builder);
    }

    String text() {
        return String.join(" ", words);
    }

    private static boolean ours(String name) {
        return name.startsWith("FLEET_") || name.startsWith("MOBU_");
    }

    private boolean telling(String value) {
        return secrets.stream().anyMatch(it -> value.contains(it.reveal()));
    }
}
