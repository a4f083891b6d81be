package io.livepatch.server.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.StoreType;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StoreDecisionTest {
    private static final String UNIT = "livepatch/1";
    private static final StoreLocation S3 = new StoreLocation(StoreType.S3, Optional.empty());
    private static final StoreLocation POSTGRES = new StoreLocation(StoreType.POSTGRES, Optional.empty());
    private static final StoreLocation OWN_DISK = new StoreLocation(StoreType.FILESYSTEM, Optional.of(UNIT));

    private static StoreDecision decide(StoreType configured, Optional<StoreDao.Row> known, long patches) {
        return StoreDecision.of(configured, UNIT, known, patches);
    }

    private static Optional<StoreDao.Row> row(String type, @Nullable String movedFrom, @Nullable String unit) {
        return Optional.of(new StoreDao.Row(type, movedFrom, unit, Instant.EPOCH));
    }

    @Test
    void firstUnitAdoptsItsConfiguration() {
        assertThat(decide(StoreType.S3, Optional.empty(), 0)).isEqualTo(new StoreDecision.Adopt(S3));
        assertThat(decide(StoreType.FILESYSTEM, Optional.empty(), 0)).isEqualTo(new StoreDecision.Adopt(OWN_DISK));
    }

    @Test
    void configurationDecidesWithoutPatches() {
        assertThat(decide(StoreType.POSTGRES, row("filesystem", null, UNIT), 0))
                .isEqualTo(new StoreDecision.Adopt(POSTGRES));
        assertThat(decide(StoreType.FILESYSTEM, row("filesystem", null, "livepatch/0"), 0))
                .isEqualTo(new StoreDecision.Adopt(OWN_DISK));
        assertThat(decide(StoreType.S3, row("s3", null, null), 0))
                .isEqualTo(new StoreDecision.Use(S3, Optional.empty()));
    }

    @Test
    void activeStoreWithPatchesIsUsed() {
        assertThat(decide(StoreType.S3, row("s3", "filesystem", null), 7))
                .isEqualTo(new StoreDecision.Use(S3, Optional.empty()));
        assertThat(decide(StoreType.FILESYSTEM, row("filesystem", null, UNIT), 7))
                .isEqualTo(new StoreDecision.Use(OWN_DISK, Optional.empty()));
    }

    @Test
    void configurationFromBeforeAMigrationIsAccompaniedByAWarning() {
        StoreDecision decision = decide(StoreType.FILESYSTEM, row("postgres", "filesystem", null), 7);

        assertThat(decision).isInstanceOfSatisfying(StoreDecision.Use.class, use -> {
            assertThat(use.location()).isEqualTo(POSTGRES);
            assertThat(use.warning().orElseThrow()).contains("set patch-storage.type to 'postgres'");
        });
    }

    @Test
    void storeThatPatchesWereNeverMovedToIsRefusedWithARemedy() {
        assertThat(decide(StoreType.S3, row("postgres", "filesystem", null), 7))
                .isInstanceOfSatisfying(
                        StoreDecision.Refuse.class,
                        refuse -> assertThat(refuse.reason())
                                .contains(
                                        "the patches (7) are in 'postgres'",
                                        "livepatch-admin storage migrate --to s3",
                                        "set it back to 'postgres'"));
    }

    @Test
    void ownDiskIsVerifiedIfAnotherUnitIsRecorded() {
        assertThat(decide(StoreType.FILESYSTEM, row("filesystem", null, "livepatch/0"), 7))
                .isEqualTo(new StoreDecision.VerifyOwnDisk(Optional.of("livepatch/0")));
        assertThat(decide(StoreType.S3, row("filesystem", "s3", "livepatch/0"), 7))
                .as("a unit that was added before the configuration followed a move back")
                .isEqualTo(new StoreDecision.VerifyOwnDisk(Optional.of("livepatch/0")));
        assertThat(decide(StoreType.FILESYSTEM, row("filesystem", null, null), 7))
                .as("as a version wrote it that knew no units")
                .isEqualTo(new StoreDecision.VerifyOwnDisk(Optional.empty()));
    }
}
