package io.livepatch.charm.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmMetadata;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The values of postgresql's options that {@code config} and {@code deploy} refuse. */
class PostgresqlRulesTest {
    private final CharmMetadata postgresql = new PostgresqlCharm(InstantSource.system()).metadata();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port|0|port is 0 and may be from 1024 to 65535, such as 5432",
                "port|80|port is 80 and may be from 1024 to 65535, such as 5432",
                "port|65536|port is 65536 and may be",
                "max-connections|1|max-connections is 1 and may be from 10 to 262143, such as 100",
                "max-connections|3000000000|max-connections is 3000000000 and may be from 10 to 262143",
                "shared-buffers|plenty|shared-buffers is 'plenty' and may be from 128kB to",
                "shared-buffers|100kB|shared-buffers is '100kB' and may be from 128kB to",
                "shared-buffers|500TB|shared-buffers is '500TB' and may be from 128kB to",
                "shared-buffers|64MiB|such as 64MB",
                "shared-buffers|0.1MB|may be from 128kB to",
                "shared-buffers|''|shared-buffers is '' and may be"
            })
    void invalidValuesAreRefused(String option, String value, String message) {
        assertThat(postgresql.problems(Map.of(), Map.of(option, value)))
                .singleElement()
                .asString()
                .contains(message);
    }

    @Test
    void theMemoryOfTheMachineIsTheBoundOfThePageCache() {
        var eightGiB = PostgresqlRules.buffers(8L << 30);

        assertThat(eightGiB.allowed()).isEqualTo("from 128kB to 6144MB, three quarters of this machine's memory");
        assertThat(eightGiB.accepted().test("6GB")).isTrue();
        assertThat(eightGiB.accepted().test("500GB")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"128kB", "16", "64MB", "64 MB", "131072B", "0.25GB"})
    void sizesAsPostgresqlWritesThemAreAccepted(String size) {
        assertThat(postgresql.problems(Map.of(), Map.of("shared-buffers", size)))
                .isEmpty();
    }
}
