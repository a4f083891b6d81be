package io.livepatch.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.StoreType;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ChoiceTest {
    private static Optional<StoreDao.Row> row(String type, String movedFrom) {
        return Optional.of(new StoreDao.Row(type, movedFrom, Instant.EPOCH));
    }

    @Test
    void theFirstUnitDecides() {
        assertThat(Choice.of(StoreType.S3, Optional.empty(), 0)).isEqualTo(new Choice.Settle(StoreType.S3));
    }

    @Test
    void whereThereAreNoPatchesTheConfigurationDecides() {
        assertThat(Choice.of(StoreType.POSTGRES, row("filesystem", null), 0))
                .isEqualTo(new Choice.Settle(StoreType.POSTGRES));
    }

    @Test
    void wherePatchesAreTheyAreServedFrom() {
        assertThat(Choice.of(StoreType.S3, row("s3", "filesystem"), 7))
                .isEqualTo(new Choice.Follow(StoreType.S3, Optional.empty()));
    }

    @Test
    void aConfigurationOfBeforeAMoveIsFollowedByAWarning() {
        Choice choice = Choice.of(StoreType.FILESYSTEM, row("postgres", "filesystem"), 7);

        assertThat(choice).isInstanceOfSatisfying(Choice.Follow.class, follow -> {
            assertThat(follow.type()).isEqualTo(StoreType.POSTGRES);
            assertThat(follow.warning().orElseThrow()).contains("set patch-storage.type to 'postgres'");
        });
    }

    @Test
    void aStoreThatPatchesWereNeverMovedToIsRefusedWithTheWayThere() {
        assertThat(Choice.of(StoreType.S3, row("postgres", "filesystem"), 7))
                .isInstanceOfSatisfying(
                        Choice.Refuse.class,
                        refuse -> assertThat(refuse.reason())
                                .contains(
                                        "the patches (7) are in 'postgres'",
                                        "livepatch-admin storage migrate --to s3",
                                        "set it back to 'postgres'"));
    }
}
