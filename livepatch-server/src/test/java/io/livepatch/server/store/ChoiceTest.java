package io.livepatch.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.catalog.StorePlace;
import io.livepatch.storage.StoreType;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ChoiceTest {
    private static final String UNIT = "livepatch/1";
    private static final StorePlace S3 = new StorePlace(StoreType.S3, Optional.empty());
    private static final StorePlace POSTGRES = new StorePlace(StoreType.POSTGRES, Optional.empty());
    private static final StorePlace OWN_DISK = new StorePlace(StoreType.FILESYSTEM, Optional.of(UNIT));

    private static Choice choose(StoreType configured, Optional<StoreDao.Row> known, long patches) {
        return Choice.of(configured, UNIT, known, patches);
    }

    private static Optional<StoreDao.Row> row(String type, @Nullable String movedFrom, @Nullable String unit) {
        return Optional.of(new StoreDao.Row(type, movedFrom, unit, Instant.EPOCH));
    }

    @Test
    void theFirstUnitDecides() {
        assertThat(choose(StoreType.S3, Optional.empty(), 0)).isEqualTo(new Choice.Settle(S3));
        assertThat(choose(StoreType.FILESYSTEM, Optional.empty(), 0)).isEqualTo(new Choice.Settle(OWN_DISK));
    }

    @Test
    void whereThereAreNoPatchesTheConfigurationDecides() {
        assertThat(choose(StoreType.POSTGRES, row("filesystem", null, UNIT), 0)).isEqualTo(new Choice.Settle(POSTGRES));
        assertThat(choose(StoreType.FILESYSTEM, row("filesystem", null, "livepatch/0"), 0))
                .isEqualTo(new Choice.Settle(OWN_DISK));
        assertThat(choose(StoreType.S3, row("s3", null, null), 0)).isEqualTo(new Choice.Follow(S3, Optional.empty()));
    }

    @Test
    void wherePatchesAreTheyAreServedFrom() {
        assertThat(choose(StoreType.S3, row("s3", "filesystem", null), 7))
                .isEqualTo(new Choice.Follow(S3, Optional.empty()));
        assertThat(choose(StoreType.FILESYSTEM, row("filesystem", null, UNIT), 7))
                .isEqualTo(new Choice.Follow(OWN_DISK, Optional.empty()));
    }

    @Test
    void aConfigurationOfBeforeAMoveIsFollowedByAWarning() {
        Choice choice = choose(StoreType.FILESYSTEM, row("postgres", "filesystem", null), 7);

        assertThat(choice).isInstanceOfSatisfying(Choice.Follow.class, follow -> {
            assertThat(follow.place()).isEqualTo(POSTGRES);
            assertThat(follow.warning().orElseThrow()).contains("set patch-storage.type to 'postgres'");
        });
    }

    @Test
    void aStoreThatPatchesWereNeverMovedToIsRefusedWithTheWayThere() {
        assertThat(choose(StoreType.S3, row("postgres", "filesystem", null), 7))
                .isInstanceOfSatisfying(
                        Choice.Refuse.class,
                        refuse -> assertThat(refuse.reason())
                                .contains(
                                        "the patches (7) are in 'postgres'",
                                        "livepatch-admin storage migrate --to s3",
                                        "set it back to 'postgres'"));
    }

    @Test
    void onTheDiskOfAnotherUnitTheyHaveToBeProvenToBeHere() {
        assertThat(choose(StoreType.FILESYSTEM, row("filesystem", null, "livepatch/0"), 7))
                .isEqualTo(new Choice.Prove(Optional.of("livepatch/0")));
        assertThat(choose(StoreType.S3, row("filesystem", "s3", "livepatch/0"), 7))
                .as("a unit that was added before the configuration followed a move back")
                .isEqualTo(new Choice.Prove(Optional.of("livepatch/0")));
        assertThat(choose(StoreType.FILESYSTEM, row("filesystem", null, null), 7))
                .as("as a version wrote it that knew no units")
                .isEqualTo(new Choice.Prove(Optional.empty()));
    }
}
