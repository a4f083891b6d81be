package io.livepatch.charm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.local.Charms;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The connections of a database, and the units that take them. */
class ConnectionsTest {
    private static final Map<String, CharmMetadata> CHARMS = Charms.metadata(InstantSource.system());
    private static final List<ModelChange.Integrate> RELATED =
            List.of(new ModelChange.Integrate("livepatch", "postgresql"));

    private static Deployment deployment(int units, Map<String, String> livepatch, Map<String, String> postgresql) {
        return new Deployment(
                List.of(
                        new ModelChange.Deploy("livepatch", "livepatch", units, livepatch),
                        new ModelChange.Deploy("postgresql", "postgresql", 1, postgresql)),
                RELATED,
                Optional.empty());
    }

    private static Model deployed(int units, Map<String, String> livepatch, Map<String, String> postgresql) {
        return deployment(units, livepatch, postgresql).applyTo(Model.empty("127.0.10"), CHARMS, _ -> {});
    }

    private static Model changed(Model model, ModelChange change) {
        return Connections.check(model, change.applyTo(model, CHARMS), CHARMS);
    }

    @Test
    void unitsThatWouldExceedTheConnectionsAreRefused() {
        Model model = deployed(1, Map.of(), Map.of());

        assertThatThrownBy(
                        () -> changed(model, new ModelChange.Configure("livepatch", Map.of("workers", "9"), List.of())))
                .isInstanceOf(CharmException.Invalid.class)
                .hasMessage(
                        "'postgresql' has 97 connections for others, and 'livepatch' takes 120 (1 × 120): set a larger"
                                + " max-connections of 'postgresql' first, or set fewer workers (one more is counted,"
                                + " which runs while another is replaced) or a smaller database.connection-pool-max of"
                                + " 'livepatch'");
        assertThatThrownBy(() -> changed(
                        model, new ModelChange.Configure("postgresql", Map.of("max-connections", "26"), List.of())))
                .hasMessageContaining("'postgresql' has 23 connections for others, and 'livepatch' takes 24");
        Model more =
                changed(model, new ModelChange.Configure("postgresql", Map.of("max-connections", "123"), List.of()));
        assertThat(changed(more, new ModelChange.Configure("livepatch", Map.of("workers", "9"), List.of())))
                .isNotEqualTo(more);
    }

    @Test
    void moreUnitsAndARelationAreLookedAtAsWell() {
        Map<String, String> shared = Map.of("patch-storage.type", "postgres", "workers", "3");

        Model two = deployed(2, shared, Map.of("max-connections", "131"));
        assertThatThrownBy(() -> changed(two, new ModelChange.AddUnits("livepatch", 1)))
                .hasMessageContaining("'livepatch' takes 192 (3 × 64)");
        assertThatThrownBy(() -> deployed(3, shared, Map.of())).hasMessageContaining("'livepatch' takes 192");
        assertThat(deployed(3, shared, Map.of("max-connections", "195")).units())
                .hasSize(4);
    }

    @Test
    void anEarlierLackOfConnectionsBlocksOnlyChangesThatIncreaseIt() {
        Model tight = new Deployment(
                        List.of(
                                new ModelChange.Deploy("livepatch", "livepatch", 1, Map.of("workers", "20")),
                                new ModelChange.Deploy("postgresql", "postgresql", 1, Map.of())),
                        List.of(),
                        Optional.empty())
                .applyTo(Model.empty("127.0.10"), CHARMS, _ -> {});
        Model related = RELATED.getFirst().applyTo(tight, CHARMS);

        changed(related, new ModelChange.Configure("livepatch", Map.of("workers", "19"), List.of()));
        changed(related, new ModelChange.Configure("postgresql", Map.of("shared-buffers", "32MB"), List.of()));
        assertThatThrownBy(() ->
                        changed(related, new ModelChange.Configure("livepatch", Map.of("workers", "21"), List.of())))
                .hasMessageContaining("'livepatch' takes 264");
    }

    @Test
    void allProblemsOfABundleAreReportedTogether() {
        assertThatThrownBy(() -> deployed(
                        1,
                        Map.of("server.server-address", "nonsense", "workers", "0", "server.drian", "1s"),
                        Map.of("port", "80", "shared-buffers", "500TB")))
                .hasMessageContaining("livepatch: the configuration of 'livepatch' is refused")
                .hasMessageContaining("server.server-address is 'nonsense'")
                .hasMessageContaining("workers is 0")
                .hasMessageContaining("server.drian: unknown option of charm 'livepatch', did you mean 'server.drain'?")
                .hasMessageContaining("postgresql: the configuration of 'postgresql' is refused")
                .hasMessageContaining("port is 80")
                .hasMessageContaining("shared-buffers is '500TB'");
    }
}
