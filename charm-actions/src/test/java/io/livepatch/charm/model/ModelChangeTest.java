package io.livepatch.charm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModelChangeTest {
    private static final Map<String, CharmMetadata> CHARMS = new LinkedHashMap<>();

    static {
        Stream.of("haproxy", "livepatch", "postgresql").forEach(name -> CHARMS.put(name, CharmMetadata.read(name)));
    }

    private final Model empty = Model.empty("127.0.10");

    private Model deploy(Model model, String charm) {
        return new ModelChange.Deploy(charm, charm, Map.of()).applyTo(model, CHARMS);
    }

    @Test
    void deployingAgainChangesNothing() {
        Model once = deploy(empty, "livepatch");

        assertThat(deploy(once, "livepatch")).isEqualTo(once);
    }

    @Test
    void unitsGetTheSmallestFreeAddress() {
        Model model = deploy(deploy(empty, "livepatch"), "postgresql");
        Model without = new ModelChange.ForgetApplication("livepatch").applyTo(model, CHARMS);
        Model again = deploy(without, "haproxy");

        assertThat(again.unit(new UnitName("haproxy", 0)).orElseThrow().address())
                .isEqualTo("127.0.10.1");
    }

    @Test
    void everyWrongOptionIsNamedAtOnceAndNothingIsSet() {
        Model model = deploy(empty, "haproxy");
        ModelChange change = new ModelChange.Configure(
                "haproxy", Map.of("strategi", "random", "https-port", "many", "expose-admin", "yes"), List.of());

        assertThatThrownBy(() -> change.applyTo(model, CHARMS))
                .isInstanceOf(CharmException.Invalid.class)
                .hasMessageContaining("strategi: unknown option of charm 'haproxy', did you mean 'strategy'?")
                .hasMessageContaining("https-port: 'many' is not an int")
                .hasMessageContaining("expose-admin: 'yes' is not a boolean");
    }

    @Test
    void unknownNamesAreMetWithASuggestion() {
        assertThatThrownBy(() -> deploy(empty, "postgrseql")).hasMessageContaining("did you mean 'postgresql'");
        assertThatThrownBy(() -> Models.application(deploy(empty, "livepatch"), "livepach"))
                .hasMessageContaining("did you mean 'livepatch'");
        assertThatThrownBy(() -> Models.unit(deploy(empty, "livepatch"), "livepatch/1"))
                .hasMessageContaining("did you mean 'livepatch/0'");
    }

    @Test
    void relatesByTheOnlyPairOfEndpointsThatFits() {
        Model model = new ModelChange.Integrate("postgresql", "livepatch")
                .applyTo(deploy(deploy(empty, "livepatch"), "postgresql"), CHARMS);

        assertThat(model.relations().values().stream().map(Object::toString))
                .containsExactly("livepatch:database postgresql:database");
        assertThat(new ModelChange.Integrate("livepatch:database", "postgresql:database").applyTo(model, CHARMS))
                .isEqualTo(model);
    }

    @Test
    void endpointsThatDoNotFitAreExplained() {
        Model model = deploy(deploy(empty, "haproxy"), "postgresql");

        assertThatThrownBy(() -> new ModelChange.Integrate("haproxy", "postgresql").applyTo(model, CHARMS))
                .hasMessageContaining("no endpoints that fit")
                .hasMessageContaining("reverseproxy (requires http)");
    }

    @Test
    void movingToAnotherSubnetKeepsAddressesUnique() {
        Model moved =
                new ModelChange.MoveTo("127.0.20").applyTo(deploy(deploy(empty, "livepatch"), "postgresql"), CHARMS);

        assertThat(moved.units().stream()
                        .map(unit -> moved.unit(unit).orElseThrow().address()))
                .containsExactly("127.0.20.1", "127.0.20.2");
    }

    @Test
    void aForgottenApplicationTakesItsSecretsAndRelationsAlong() {
        Model model = new ModelChange.Integrate("postgresql", "livepatch")
                .applyTo(deploy(deploy(empty, "livepatch"), "postgresql"), CHARMS);
        Writes writes = new Writes(model, "postgresql");
        writes.putSecret("user", Map.of("password", "p"));
        Model gone = new ModelChange.ForgetApplication("postgresql").applyTo(writes.applyTo(model), CHARMS);

        assertThat(gone.secrets()).isEmpty();
        assertThat(gone.relations()).isEmpty();
    }
}
