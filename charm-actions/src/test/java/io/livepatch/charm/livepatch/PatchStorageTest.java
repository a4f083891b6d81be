package io.livepatch.charm.livepatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.UnitName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchStorageTest {
    private static final UnitName FIRST = new UnitName("livepatch", 2);
    private static final UnitName SECOND = new UnitName("livepatch", 5);
    private static final CharmConfig FILESYSTEM = new CharmConfig(Map.of());

    @Test
    void aFilesystemLimitsUnitsToTheFirst() {
        assertThat(PatchStorage.surplus(FILESYSTEM, FIRST, List.of(FIRST, SECOND)))
                .isEmpty();
        assertThat(PatchStorage.surplus(FILESYSTEM, SECOND, List.of(FIRST, SECOND)))
                .contains(
                        "the filesystem patch storage type is not compatible with a scaled out livepatch setup, because no"
                                + " unit can read the files of another; juju run livepatch/2 storage-migrate to=postgres, then juju"
                                + " config livepatch patch-storage.type=postgres");
        assertThat(PatchStorage.surplus(FILESYSTEM, SECOND, List.of(SECOND))).isEmpty();
    }

    @Test
    void aSharedStoreDoesNotLimitUnits() {
        for (String type : List.of("postgres", "s3")) {
            assertThat(PatchStorage.surplus(
                            new CharmConfig(Map.of("patch-storage.type", type)), SECOND, List.of(FIRST, SECOND)))
                    .as(type)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1099511627776, 1099511627776",
        "2GiB, 2147483648",
        "1 TiB, 1099511627776",
        "999999999999T, 1073741824",
        "999999999999999999T, 1073741824",
        "2gib, 1073741824",
        "lots, 1073741824"
    })
    void aSizeIsReadAsTheServerReadsItAndNeverOverflows(String size, long bytes) {
        assertThat(PatchStorage.leastFreeSpace(Optional.of(size))).isEqualTo(bytes);
    }

    @Test
    void severalUnitsBringNothingBackToAFilesystem() {
        assertThat(PatchStorage.obstacle("filesystem", List.of(FIRST, SECOND)))
                .get()
                .asString()
                .endsWith("; first: juju remove-unit livepatch/5");
        assertThat(PatchStorage.obstacle("filesystem", List.of(FIRST))).isEmpty();
        assertThat(PatchStorage.obstacle("s3", List.of(FIRST, SECOND))).isEmpty();
    }
}
