package io.livepatch.charm.livepatch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.postgresql.PostgresqlCharm;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code config} and {@code deploy} refuse of the options of livepatch and postgresql. */
class LivepatchRulesTest {
    private final CharmMetadata livepatch = new LivepatchCharm().metadata();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "workers|0|workers is 0 and may be from 1 to 64",
                "workers|65|workers is 65 and may be from 1 to 64",
                "workers|99999999999|workers is 99999999999 and may be from 1 to 64",
                "worker-mode|shared|worker-mode is 'shared'",
                "worker-mode|proxi|worker-mode is 'proxi', did you mean 'proxy'?",
                "patch-storage.type|postgrse|patch-storage.type is 'postgrse', did you mean 'postgres'?",
                "server.server-address|8080|server.server-address is '8080' and is address:port, such as :8080"
            })
    void valuesThatCannotBeAreRefused(String option, String value, String message) {
        assertThatThrownBy(() -> livepatch.check(Map.of(), Map.of(option, value)))
                .isInstanceOf(CharmException.Invalid.class)
                .hasMessageContaining(message);
    }

    @Test
    void theRestIsLeftToTheServer() {
        assertThatCode(() -> livepatch.check(
                        Map.of(), Map.of("server.log-level", "loud", "patch-storage.type", "S3", "workers", "64")))
                .doesNotThrowAnyException();
    }

    @Test
    void postgresqlHasBoundsToo() {
        CharmMetadata postgresql = new PostgresqlCharm().metadata();

        assertThatThrownBy(() -> postgresql.check(Map.of(), Map.of("port", "0", "max-connections", "3000000000")))
                .hasMessageContaining("port is 0 and may be from 1 to 65535")
                .hasMessageContaining("max-connections is 3000000000 and may be from 1 to 262143");
    }
}
