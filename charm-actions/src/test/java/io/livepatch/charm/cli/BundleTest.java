package io.livepatch.charm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.cli.DeployCommand.Bundle;
import io.livepatch.charm.local.Charms;
import io.livepatch.charm.model.ModelChange;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BundleTest {
    private static final String BASE = """
            applications:
              livepatch:
                num_units: 2
                options: {server.log-level: debug, patch-storage.type: filesystem}
              edge: {charm: ch:haproxy}
            relations: [[livepatch, edge]]
            """;

    private static Bundle bundle(String text) {
        return Bundle.of(BundleFile.parse("base.yaml", text));
    }

    private static Bundle laid(String overlay) {
        return bundle(BASE).with(BundleFile.parse("over.yaml", overlay));
    }

    @Test
    void saysHowManyUnitsEachApplicationHas() {
        assertThat(bundle(BASE).applications())
                .containsExactly(
                        new ModelChange.Deploy(
                                "livepatch",
                                "livepatch",
                                2,
                                Map.of("server.log-level", "debug", "patch-storage.type", "filesystem")),
                        new ModelChange.Deploy("haproxy", "edge", 1, Map.of()));
    }

    @Test
    void anOverlayReplacesOptionByOptionAndTheNumberOfUnits() {
        Bundle laid = laid("""
                applications:
                  livepatch: {num_units: 3, options: {patch-storage.type: s3}}
                  postgresql: {charm: postgresql}
                relations: [[livepatch, postgresql]]
                """);

        assertThat(laid.applications())
                .containsExactly(
                        new ModelChange.Deploy(
                                "livepatch",
                                "livepatch",
                                3,
                                Map.of("server.log-level", "debug", "patch-storage.type", "s3")),
                        new ModelChange.Deploy("haproxy", "edge", 1, Map.of()),
                        new ModelChange.Deploy("postgresql", "postgresql", 1, Map.of()));
        assertThat(laid.relations()).hasSize(2);
    }

    @Test
    void anOverlayKeepsValuesThatItDoesNotName() {
        assertThat(laid("applications: {edge: {options: {strategy: random}}}").applications())
                .element(0)
                .isEqualTo(bundle(BASE).applications().getFirst());
    }

    @Test
    void problemsAreNamed() {
        assertThatThrownBy(() -> laid("applications: {livepach: {num_units: 2}}"))
                .hasMessage("the overlay changes application 'livepach', which the bundle does not have, did you mean"
                        + " 'livepatch'?");
        assertThatThrownBy(() -> bundle(
                        "applications: {a: {num_units: 0}, b: {num_unit: 1}, c: {num_units: many, options: {k: [1]}}}"))
                .hasMessageContaining("a: num_units is 0 and must be a number from 1")
                .hasMessageContaining("b: unknown key 'num_unit', did you mean 'num_units'?")
                .hasMessageContaining("c: num_units is \"many\"")
                .hasMessageContaining("c: option k is not a single value");
    }

    @Test
    void theOverlaysThatAreShippedFitTheBundleAndTheCharm() {
        Bundle shipped = Bundle.find("livepatch").orElseThrow();
        Stream.of("postgres", "s3").forEach(type -> {
            Bundle laid = shipped.with(BundleFile.read(Path.of("bundles", type + ".yaml")));
            Map<String, String> options = laid.applications().getFirst().config();

            assertThat(options).containsEntry("patch-storage.type", type);
            assertThat(Charms.metadata(InstantSource.system()).get("livepatch").violations(options))
                    .isEmpty();
            assertThat(laid.applications()).hasSameSizeAs(shipped.applications());
            assertThat(Bundle.find(type)).as("an overlay is no bundle").isEmpty();
        });
    }
}
