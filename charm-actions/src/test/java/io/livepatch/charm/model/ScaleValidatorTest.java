package io.livepatch.charm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.haproxy.HaproxyCharm;
import io.livepatch.charm.livepatch.LivepatchCharm;
import io.livepatch.charm.postgresql.PostgresqlCharm;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How many units there may be, in both directions and through every door. */
class ScaleValidatorTest {
    private static final Map<String, CharmMetadata> CHARMS = new LinkedHashMap<>();
    private static final String REASON =
            "the filesystem patch storage type is not compatible with a scaled out livepatch"
                    + " setup, because no unit can read the files of another";
    private static final Map<String, String> POSTGRES = Map.of("patch-storage.type", "postgres");

    static {
        Stream.of(
                        new HaproxyCharm(InstantSource.system()),
                        new LivepatchCharm(InstantSource.system()),
                        new PostgresqlCharm(InstantSource.system()))
                .map(Charm::metadata)
                .forEach(charm -> CHARMS.put(charm.name(), charm));
    }

    private Model model = Model.empty("127.0.10");

    private void apply(ModelChange change) {
        model = change.applyTo(model, CHARMS);
    }

    private void refused(ModelChange change, String message) {
        assertThatThrownBy(() -> change.applyTo(model, CHARMS))
                .isInstanceOf(CharmException.Invalid.class)
                .hasMessage(message);
    }

    private List<String> units(String application) {
        return model.aliveUnits(application).stream().map(UnitName::toString).toList();
    }

    private static ModelChange.Deploy deploy(String charm, int units, Map<String, String> config) {
        return new ModelChange.Deploy(charm, charm, units, config);
    }

    private static ModelChange.Configure configure(String key, String value) {
        return new ModelChange.Configure("livepatch", Map.of(key, value), List.of());
    }

    private static ModelChange.Configure reset(String key) {
        return new ModelChange.Configure("livepatch", Map.of(), List.of(key));
    }

    @Test
    void aSecondUnitOnAFilesystemIsRefusedWithTheCommandsThatLiftTheLimit() {
        apply(deploy("livepatch", 1, Map.of()));

        refused(
                new ModelChange.AddUnits("livepatch", 1),
                "'livepatch' cannot have 2 units: " + REASON + "; before that:\n"
                        + "  juju run livepatch/0 storage-migrate to=postgres\n"
                        + "  juju config livepatch patch-storage.type=postgres");
        apply(configure("patch-storage.type", "postgres"));
        apply(new ModelChange.AddUnits("livepatch", 2));
        assertThat(units("livepatch")).containsExactly("livepatch/0", "livepatch/1", "livepatch/2");
    }

    @Test
    void suggestedCommandsNameTheActualApplicationAndUnit() {
        apply(new ModelChange.Deploy("livepatch", "edge", 2, POSTGRES));
        apply(new ModelChange.RemoveUnits(List.of("edge/0")));
        apply(new ModelChange.Configure("edge", Map.of("patch-storage.type", "filesystem"), List.of()));

        refused(
                new ModelChange.AddUnits("edge", 2),
                "'edge' cannot have 3 units: " + REASON + "; before that:\n"
                        + "  juju run edge/1 storage-migrate to=postgres\n"
                        + "  juju config edge patch-storage.type=postgres");
    }

    @Test
    void severalUnitsFromTheStartNeedAnotherStoreFromTheStart() {
        refused(
                deploy("livepatch", 3, Map.of()),
                "'livepatch' cannot have 3 units: " + REASON
                        + "; set another from the start, in a bundle's options or with:\n"
                        + "  juju deploy livepatch livepatch -n 3 --config patch-storage.type=postgres");
        apply(deploy("livepatch", 3, POSTGRES));
        assertThat(units("livepatch")).hasSize(3);
    }

    @Test
    void deployingAgainWithMoreUnitsMeetsTheSameGuard() {
        apply(deploy("livepatch", 1, Map.of()));

        assertThatThrownBy(() -> deploy("livepatch", 2, Map.of()).applyTo(model, CHARMS))
                .hasMessageContaining(REASON)
                .hasMessageContaining("\n  juju run livepatch/0 storage-migrate to=postgres\n");
        apply(deploy("livepatch", 2, POSTGRES));
        assertThat(units("livepatch")).containsExactly("livepatch/0", "livepatch/1");
    }

    @Test
    void severalUnitsCannotBeBroughtBackToAFilesystem() {
        apply(deploy("livepatch", 3, POSTGRES));
        String message = "'livepatch' has 3 units: " + REASON + "; before that:\n"
                + "  juju remove-unit livepatch/1 livepatch/2\n"
                + "  juju run livepatch/0 storage-migrate to=filesystem";

        refused(configure("patch-storage.type", "filesystem"), message);
        refused(configure("patch-storage.type", " Filesystem "), message);
        refused(configure("patch-storage.type", ""), message);
        refused(reset("patch-storage.type"), message);
        refused(deploy("livepatch", 1, Map.of("patch-storage.type", "filesystem")), message);
        apply(configure("patch-storage.s3-bucket", "patches"));
        apply(configure("patch-storage.type", "s3"));
        apply(new ModelChange.RemoveUnits(List.of("livepatch/1", "livepatch/2")));
        apply(reset("patch-storage.type"));
    }

    @Test
    void aDyingUnitDoesNotCount() {
        apply(deploy("livepatch", 1, Map.of()));
        apply(new ModelChange.RemoveUnits(List.of("livepatch/0")));

        apply(new ModelChange.AddUnits("livepatch", 1));

        assertThat(units("livepatch")).containsExactly("livepatch/1");
    }

    @Test
    void postgresqlIsLimitedToOneUnitAndHaproxyIsNot() {
        apply(deploy("postgresql", 1, Map.of()));
        apply(deploy("haproxy", 2, Map.of()));

        refused(
                new ModelChange.AddUnits("postgresql", 1),
                "'postgresql' cannot have 2 units: the charm runs a single server and makes no followers of it yet");
        apply(new ModelChange.AddUnits("haproxy", 1));
        assertThat(units("haproxy")).hasSize(3);
    }
}
