package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.livepatch.LivepatchCharm;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.UnitSnapshot;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A substrate that adds units without the charm's checks, as Juju does. */
class SurplusUnitTest {
    private final LivepatchCharm charm = new LivepatchCharm(InstantSource.system());

    @TempDir
    private Path directory;

    private UnitStatus reconcile(int unit) {
        // A charm as its files alone describe it has no limit.
        Map<String, CharmMetadata> unlimited = Map.of("livepatch", CharmMetadata.read("livepatch"));
        Model model = new ModelChange.Deploy("livepatch", "livepatch", 2, Map.of())
                .applyTo(Model.empty("127.0.10"), unlimited);
        Outcome outcome = charm.reconcile(new LocalUnit(
                model,
                UnitSnapshot.of(model, new UnitName("livepatch", unit)),
                charm.metadata().effective(Map.of()),
                new LocalUnit.Place(directory, directory, new NoServices()),
                new UnitStatusRegistry(InstantSource.system()),
                new ControllerMetrics(() -> ""),
                _ -> {}));
        return outcome.status();
    }

    @Test
    void theFirstUnitKeepsRunningAndTheOthersAreBlocked() {
        assertThat(reconcile(0)).isEqualTo(UnitStatus.blocked("Waiting for postgres relation to be established."));
        assertThat(reconcile(1))
                .isEqualTo(UnitStatus.blocked("✘ the filesystem patch storage type is not compatible with a scaled out"
                        + " livepatch setup, because no unit can read the files of another; juju run livepatch/0"
                        + " storage-migrate to=postgres, then juju config livepatch patch-storage.type=postgres"));
    }
}
