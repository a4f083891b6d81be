package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorConfigYamlTest {

    @TempDir
    private Path directory;

    @Test
    void readsBackAsEqualApartFromSecrets() {
        TestFiles files = TestFiles.in(directory).with("web.env", "PASSWORD=hunter2\n");
        SupervisorConfig config = files.read(TestFiles.resource("full.yaml"));
        String printed = config.toYaml();
        SupervisorConfig again = files.read(printed);
        assertThat(again.pools())
                .isEqualTo(config.pools().stream()
                        .map(SupervisorConfigYamlTest::masked)
                        .toList());
        assertThat(again)
                .usingRecursiveComparison()
                .ignoringFields("pools", "remarks", "options.supervisor")
                .isEqualTo(config);
        assertThat(again.toYaml()).isEqualTo(printed);
        assertThat(printed).contains("PASSWORD").doesNotContain("hunter2").doesNotContain("/home/of-tests");
    }

    private static PoolSettings masked(PoolSettings pool) {
        TreeMap<String, String> environment =
                new TreeMap<>(pool.spec().surroundings().environment());
        environment.replaceAll((_, _) -> "***");
        PoolSpec spec = pool.spec().but().environment(environment).build();
        return new PoolSettings(spec, pool.desiredHealthyPercentage(), pool.balancerDirectory());
    }

    @Test
    void defaultsAreFilledIn() {
        assertThat(TestFiles.in(directory).pool("").toYaml().replace(directory.toString(), "/here"))
                .isEqualTo(TestFiles.resource("effective.yaml"));
    }

    @Test
    void durationsAndSizesReadBack() {
        for (String text : List.of("0s", "1ns", "200ms", "1.5s", "10s", "1m30s", "1h30m", "24h", "1h250ms", "1.5ms")) {
            assertThat(GoDuration.print(GoDuration.parse(text))).isEqualTo(text);
        }
        assertThat(GoDuration.print(GoDuration.parse("1.5h"))).isEqualTo("1h30m");
        for (String text : List.of("0B", "1023B", "1KiB", "512MiB", "1GiB", "3TiB")) {
            assertThat(DataSize.parse(text)).hasToString(text);
        }
    }
}
