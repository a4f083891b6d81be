package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.OptionTable;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Checks that {@code full.yaml}, with which the mapping is tested, has every key, and that every key has an effect. */
class OptionCoverageTest {

    @TempDir
    private Path directory;

    private TestFiles files;

    @BeforeEach
    void setUp() {
        files = TestFiles.in(directory).with("web.env", "A=1\n");
    }

    @Test
    void noKeyIsUntested() {
        Set<String> tested = new TreeSet<>();
        walk(full(), "", (path, _) -> tested.add(path));
        assertThat(tested).containsAll(table()).allMatch(path -> table().contains(path) || path.contains(".env."));
    }

    @Test
    void everyKeyIsInAnExample() throws java.io.IOException {
        String examples = java.nio.file.Files.readString(Path.of("examples/web.yaml"))
                + java.nio.file.Files.readString(Path.of("examples/proxy.yaml"));
        assertThat(table())
                .allSatisfy(path -> assertThat(examples)
                        .as(path)
                        .containsPattern("(?m)^[ #-]*" + path.substring(path.lastIndexOf('.') + 1) + ":"));
    }

    @Test
    void everyKeyHasAnEffect() {
        Object whole = outcome(full());
        Set<String> without = new LinkedHashSet<>();
        walk(full(), "", (path, _) -> without.add(path));
        for (String path : without) {
            Object tree = full();
            walk(tree, "", (at, parent) -> {
                if (at.equals(path)) {
                    parent.remove(path.substring(path.lastIndexOf('.') + 1));
                }
            });
            assertThat(outcome(tree)).as("without " + path).isNotEqualTo(whole);
        }
    }

    private Object outcome(Object tree) {
        try {
            SupervisorConfig config = files.read(dump(tree));
            return List.of(
                    config.admin(),
                    config.controlSocket(),
                    config.shutdownDeadline(),
                    config.exitOnGiveUp(),
                    config.balancerDirectory(),
                    config.pools(),
                    config.remarks());
        } catch (ConfigException refused) {
            return refused.problems();
        }
    }

    private static Set<String> table() {
        Set<String> all = new TreeSet<>();
        for (OptionTable.Row row : OptionTable.rows(SupervisorOptions.class, SupervisorConfig.STYLE)) {
            String path = row.path().replace("[]", "");
            for (int dot = path.length(); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
                all.add(path.substring(0, dot));
            }
        }
        return all;
    }

    /** Visits every key with its path, without indices of lists, and the mapping that contains it. */
    private static void walk(Object node, String path, BiConsumer<String, Map<?, ?>> visitor) {
        switch (node) {
            case Map<?, ?> map ->
                List.copyOf(map.entrySet()).forEach(entry -> {
                    String key = path.isEmpty() ? entry.getKey().toString() : path + "." + entry.getKey();
                    walk(entry.getValue(), key, visitor);
                    visitor.accept(key, map);
                });
            case Collection<?> list -> Stream.of(list.toArray()).forEach(item -> walk(item, path, visitor));
            default -> {}
        }
    }

    private static Object full() {
        return new Load(LoadSettings.builder().build()).loadFromString(TestFiles.resource("full.yaml"));
    }

    private static String dump(Object tree) {
        return new Dump(DumpSettings.builder().build()).dumpToString(tree);
    }
}
