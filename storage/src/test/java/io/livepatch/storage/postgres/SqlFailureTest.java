package io.livepatch.storage.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.StoreException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SqlFailureTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            42501 | CREATE on the schema
            3F000 | search_path
            25006 | point the store to the primary
            55P03 | another upload of the same patch
            28P01 | check user, password and database
            3D000 | check user, password and database
            08006 | check that the database runs
            XX000 | check that the database runs
            """)
    void messageNamesOperationAddressAndRemedy(String code, String remedy) {
        StoreException failure = SqlFailure.exception(
                "storing patch 'p'", "postgres://u@h/d", new SQLException("ERROR: so it is\n  Detail: secret", code));

        assertThat(failure)
                .isInstanceOf(StoreException.Unavailable.class)
                .hasMessageStartingWith("storing patch 'p' in 'postgres://u@h/d' failed: ERROR: so it is; ")
                .hasMessageContaining(remedy)
                .hasMessageNotContaining("secret");
    }

    @Test
    void aFailureWithoutSqlStateIsNoDisconnect() {
        assertThat(SqlFailure.isDisconnect(new SQLException("pool"))).isFalse();
    }
}
