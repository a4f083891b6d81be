package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Surroundings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;

/** The keys of a pool that say what its workers find around themselves; all of them ours. */
final class SurroundingsSection {

    static final Key<Map<String, String>> ENV =
            new Key<>("env", "names and values: {NAME: value}", SurroundingsSection::variables);
    static final Key<Path> ENV_FILE = Readings.path("env_file", "a file of NAME=value lines");
    static final Key<Boolean> CLEAR_ENV = Readings.truth("clear_env");
    static final Key<Path> CWD = Readings.path("cwd", "a directory");
    static final Key<String> USER = Readings.text(
            "user", "a user", text -> with(Optional.of(text), "000", "0").user().orElseThrow());
    static final Key<String> UMASK = Readings.text(
            "umask",
            "three octal digits",
            text -> with(Optional.empty(), text, "0").umask().orElseThrow());
    static final Key<Integer> NICE = Readings.whole("nice", -20, 19);
    static final Key<String> CPUS = Readings.text(
            "cpus",
            "numbers of processors",
            text -> with(Optional.empty(), "000", text).cpus().orElseThrow());
    static final Key<String> PARENT_DEATH_SIGNAL = Readings.text(
            "parent_death_signal",
            "a signal",
            text -> Surroundings.PLAIN.withParentDeathSignal(text).parentDeathSignal());

    static final List<Key<?>> KEYS =
            List.of(ENV, ENV_FILE, CLEAR_ENV, CWD, USER, UMASK, NICE, CPUS, PARENT_DEATH_SIGNAL);

    private SurroundingsSection() {}

    static Surroundings read(Values values, Origin origin) {
        Map<String, String> environment = new LinkedHashMap<>();
        values.get(ENV_FILE)
                .map(file ->
                        EnvironmentFile.read(origin.resolve(file), values.pathOf(ENV_FILE.name()), values.problems()))
                .ifPresent(environment::putAll);
        environment.putAll(expanded(values, origin));
        return new Surroundings(
                environment,
                values.get(CLEAR_ENV).orElse(false),
                values.get(CWD).map(origin::resolve).orElse(origin.directory()),
                values.get(USER),
                values.get(UMASK),
                values.get(NICE).stream().mapToInt(it -> it).findFirst(),
                values.get(CPUS),
                values.get(PARENT_DEATH_SIGNAL).orElse(Surroundings.PLAIN.parentDeathSignal()));
    }

    private static Map<String, String> expanded(Values values, Origin origin) {
        Variables variables = new Variables(origin.environment());
        Map<String, String> all = new LinkedHashMap<>();
        values.get(ENV).orElse(Map.of()).forEach((name, value) -> {
            try {
                all.put(name, variables.expand(value));
            } catch (IllegalArgumentException e) {
                values.note(ENV.name(), "the value of '%s' %s".formatted(name, e.getMessage()));
            }
        });
        return all;
    }

    private static Map<String, String> variables(Node node) {
        if (!(node instanceof MappingNode mapping)) {
            throw new IllegalArgumentException("is %s where a mapping must be".formatted(Yaml.kind(node)));
        }
        Map<String, String> all = new LinkedHashMap<>();
        for (NodeTuple pair : mapping.getValue()) {
            String name = Readings.scalar(pair.getKeyNode()).getValue();
            if (Yaml.isNull(pair.getValueNode())) {
                throw new IllegalArgumentException(
                        "'%s' has no value: write \"\" for an empty one, \"${%s}\" for the supervisor's own"
                                .formatted(name, name));
            }
            String value = Readings.scalar(pair.getValueNode()).getValue();
            Surroundings.PLAIN.withEnvironment(Map.of(name, value));
            if (all.put(name, value) != null) {
                throw new IllegalArgumentException("'%s' is given twice".formatted(name));
            }
        }
        return all;
    }

    /** For the sake of what its constructor refuses. */
    private static Surroundings with(Optional<String> user, String umask, String cpus) {
        Surroundings plain = Surroundings.PLAIN;
        return new Surroundings(
                Map.of(),
                true,
                plain.directory(),
                user,
                Optional.of(umask),
                OptionalInt.empty(),
                Optional.of(cpus),
                plain.parentDeathSignal());
    }
}
