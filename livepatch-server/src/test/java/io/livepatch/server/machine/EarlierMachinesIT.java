package io.livepatch.server.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.FixedCatalog;
import io.livepatch.server.MachineApi;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.schema.Schema;
import io.livepatch.storage.Sha256;
import org.junit.jupiter.api.Test;

/** Machines, tokens and reports that a unit of version 2 of the schema wrote, one whose clock was ahead. */
final class EarlierMachinesIT {
    private static final String AUTH = "00000000-0000-4000-8000-000000000001";
    private static final String OTHER_AUTH = "00000000-0000-4000-8000-000000000002";
    private static final String TOKEN = "t".repeat(43);
    private static final String KEY = "k".repeat(43);

    @Test
    void machineOfAnEarlierVersionKeepsWorkingAndGetsItsClientsKey() {
        try (TestDatabase test = TestDatabase.atVersion("2")) {
            fill(test);

            assertThat(new Schema(test.dsn()).upgrade()).isPositive();

            assertThat(test.value("""
                    select bool_and(at <= now()) from (
                      select enrolled_at from machines union all select seen_at from machine_reports
                      union all select verified_at from patch_copies) times (at)""")).isEqualTo("t");
            try (MachineApi unit = new MachineApi(test, new FixedCatalog())) {
                assertThat(unit.checkIn("m", TOKEN, MachineApi.CHECK_IN).status())
                        .isEqualTo(204);
                assertThat(unit.tryEnrol("m", OTHER_AUTH, KEY).status()).isEqualTo(409);

                String token = unit.enrol("m", AUTH, KEY);

                assertThat(unit.checkIn("m", TOKEN, MachineApi.CHECK_IN).status())
                        .isEqualTo(401);
                assertThat(unit.checkIn("m", token, MachineApi.CHECK_IN).status())
                        .isEqualTo(204);
                assertThat(unit.tryEnrol("m", AUTH, "").status()).isEqualTo(409);
            }
        }
    }

    private static void fill(TestDatabase test) {
        test.jdbi().useTransaction(handle -> {
            for (String auth : new String[] {AUTH, OTHER_AUTH}) {
                handle.execute("""
                        insert into auth_tokens (label, token_hash, tier_id, created_at)
                        select ?, ?, tier_id, now() from tiers where name = 'stable'""", auth, sha256(auth));
            }
            handle.execute("""
                    insert into machines (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at)
                    select 'm', ?, '\\x00', auth_token_id, tier_id, '5.15.0-1-generic', 'amd64', now() + interval '1 year'
                    from auth_tokens where label = ?""", sha256(TOKEN), AUTH);
            handle.execute("""
                    insert into machine_reports (machine_id, kernel, architecture, seen_at)
                    values ('m', '5.15.0-1-generic', 'amd64', now() + interval '1 year')""");
            handle.execute("""
                    insert into patches (filename, kernel, architecture, version, sha256, size, added_at)
                    values ('p', 'k', 'a', '1.1', sha256('x'), 1, now())""");
            handle.execute("""
                    insert into patch_copies (patch_id, store, verified_at)
                    select patch_id, 'filesystem', now() + interval '1 year' from patches""");
        });
    }

    private static byte[] sha256(String text) {
        return Sha256.of(text.getBytes(UTF_8)).bytes();
    }
}
