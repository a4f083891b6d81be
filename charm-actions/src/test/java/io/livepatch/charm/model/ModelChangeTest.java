package io.livepatch.charm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Violation;
import io.livepatch.charm.api.UnitName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModelChangeTest {
    private static final Map<String, CharmMetadata> CHARMS = new LinkedHashMap<>();

    static {
        Stream.of("haproxy", "livepatch", "postgresql").forEach(name -> CHARMS.put(name, CharmMetadata.read(name)));
    }

    private final Model empty = Model.empty("127.0.10");

    private Model deploy(Model model, String charm) {
        return new ModelChange.Deploy(charm, charm, 1, Map.of()).applyTo(model, CHARMS);
    }

    @Test
    void deployingAgainChangesNothing() {
        Model once = deploy(empty, "livepatch");

        assertThat(deploy(once, "livepatch")).isEqualTo(once);
    }

    @Test
    void deployingAgainAddsMissingUnitsAndRemovesNothing() {
        Model once = new ModelChange.Deploy("haproxy", "haproxy", 2, Map.of("strategy", "random", "http-port", "0"))
                .applyTo(empty, CHARMS);
        Model again =
                new ModelChange.Deploy("haproxy", "haproxy", 1, Map.of("strategy", "ip_hash")).applyTo(once, CHARMS);

        assertThat(again.aliveUnits("haproxy")).hasSize(2);
        assertThat(ModelLookup.application(again, "haproxy").config())
                .containsOnly(Map.entry("strategy", "ip_hash"), Map.entry("http-port", "0"));
        assertThat(new ModelChange.Deploy("haproxy", "haproxy", 3, Map.of())
                        .applyTo(again, CHARMS)
                        .aliveUnits("haproxy"))
                .hasSize(3);
    }

    @Test
    void addedUnitsGetUniqueAddressesAndNumbersAreNotReused() {
        Model two = new ModelChange.AddUnits("haproxy", 1).applyTo(deploy(empty, "haproxy"), CHARMS);
        Model removed = new ModelChange.RemoveUnits(List.of("haproxy/1")).applyTo(two, CHARMS);
        Model forgotten = new ModelChange.ForgetUnit(new UnitName("haproxy", 1)).applyTo(removed, CHARMS);
        Model again = new ModelChange.AddUnits("haproxy", 2).applyTo(forgotten, CHARMS);

        assertThat(removed.units()).hasSize(2);
        assertThat(removed.aliveUnits("haproxy")).hasSize(1);
        assertThat(again.units().stream().map(UnitName::toString))
                .containsExactly("haproxy/0", "haproxy/2", "haproxy/3");
        assertThat(again.units().stream()
                        .map(unit -> again.unit(unit).orElseThrow().address()))
                .containsExactly("127.0.10.1", "127.0.10.2", "127.0.10.3");
    }

    @Test
    void aForgottenUnitTakesItsBagsAlong() {
        Model two = new ModelChange.Integrate("haproxy", "livepatch")
                .applyTo(deploy(deploy(empty, "livepatch"), "haproxy"), CHARMS);
        PendingWrites pendingWrites = new PendingWrites(two, new UnitName("livepatch", 0));
        int relation = two.relations().lastKey();
        pendingWrites.publish(relation, "livepatch/0", Map.of("port", "8080"));
        pendingWrites.putSecret("livepatch/0", "own", Map.of("key", "k"));
        Model gone =
                new ModelChange.ForgetUnit(new UnitName("livepatch", 0)).applyTo(pendingWrites.applyTo(two), CHARMS);

        assertThat(gone.relations().get(relation))
                .isNotNull()
                .satisfies(it -> assertThat(it.bags()).isEmpty());
        assertThat(gone.secrets()).isEmpty();
    }

    @Test
    void unitsAreRemovedAllOrNone() {
        Model two = new ModelChange.AddUnits("haproxy", 1).applyTo(deploy(empty, "haproxy"), CHARMS);

        assertThatThrownBy(() -> new ModelChange.RemoveUnits(List.of("haproxy/1", "haproxi/0")).applyTo(two, CHARMS))
                .hasMessageContaining("unit 'haproxi/0' is not in the model, did you mean 'haproxy/0'?");
        Model once = new ModelChange.RemoveUnits(List.of("haproxy/0", "haproxy/1")).applyTo(two, CHARMS);
        assertThat(new ModelChange.RemoveUnits(List.of("haproxy/1")).applyTo(once, CHARMS))
                .isEqualTo(once);
    }

    @Test
    void theNumberOfUnitsHasBounds() {
        Model one = deploy(empty, "haproxy");

        assertThatThrownBy(() -> new ModelChange.AddUnits("haproxy", 0).applyTo(one, CHARMS))
                .hasMessage("the number of units is 0 and may be from 1 to 254");
        assertThatThrownBy(() -> new ModelChange.AddUnits("haproxy", 254).applyTo(one, CHARMS))
                .hasMessageContaining("all 254 addresses of 127.0.10 are in use");
        Model dying = new ModelChange.RemoveApplication("haproxy").applyTo(one, CHARMS);
        assertThatThrownBy(() -> new ModelChange.AddUnits("haproxy", 1).applyTo(dying, CHARMS))
                .hasMessageContaining("is being removed");
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
    void allInvalidOptionsAreReportedTogetherAndNoneIsSet() {
        Model model = deploy(empty, "haproxy");
        ModelChange change = new ModelChange.Configure(
                "haproxy", Map.of("strategi", "random", "https-port", "many", "expose-admin", "yes"), List.of());

        assertThatThrownBy(() -> change.applyTo(model, CHARMS))
                .isInstanceOf(CharmException.Invalid.class)
                .hasMessageContaining("strategi: unknown option of charm 'haproxy', did you mean 'strategy'?")
                .hasMessageContaining("https-port is 'many' and may be a whole number, such as 8443")
                .hasMessageContaining("expose-admin is 'yes' and may be true or false, such as false");
    }

    @Test
    void theRulesOfACharmAreCheckedBeforeAnythingIsSet() {
        Function<CharmConfig, List<Violation>> low = config -> config.number("http-port") <= 100
                ? List.of()
                : List.of(Violation.of(
                        "http-port", "http-port is " + config.number("http-port") + " and may be from 0 to 100"));
        Map<String, CharmMetadata> ruled =
                Map.of("haproxy", CharmMetadata.read("haproxy").withRules(low));
        Model model = new ModelChange.Deploy("haproxy", "haproxy", 1, Map.of("http-port", "80")).applyTo(empty, ruled);

        assertThatThrownBy(() ->
                        new ModelChange.Deploy("haproxy", "edge", 1, Map.of("http-port", "101")).applyTo(model, ruled))
                .isInstanceOf(CharmException.Invalid.class)
                .hasMessage("http-port is 101 and may be from 0 to 100");
        assertThatThrownBy(() -> new ModelChange.Configure("haproxy", Map.of("http-port", "101"), List.of())
                        .applyTo(model, ruled))
                .isInstanceOf(CharmException.Invalid.class);
        // The default is 8080, which this rule refuses.
        assertThatThrownBy(() ->
                        new ModelChange.Configure("haproxy", Map.of(), List.of("http-port")).applyTo(model, ruled))
                .hasMessageContaining("http-port is 8080");
    }

    @Test
    void unknownNamesGetASuggestion() {
        assertThatThrownBy(() -> deploy(empty, "postgrseql")).hasMessageContaining("did you mean 'postgresql'");
        assertThatThrownBy(() -> ModelLookup.application(deploy(empty, "livepatch"), "livepach"))
                .hasMessageContaining("did you mean 'livepatch'");
        assertThatThrownBy(() -> ModelLookup.unit(deploy(empty, "livepatch"), "livepatch/1"))
                .hasMessageContaining("did you mean 'livepatch/0'");
    }

    @Test
    void relatesByTheOnlyPairOfEndpointsThatFits() {
        Model model = new ModelChange.Integrate("postgresql", "livepatch")
                .applyTo(deploy(deploy(empty, "livepatch"), "postgresql"), CHARMS);

        assertThat(model.relations().values().stream().map(Object::toString))
                .containsExactly(
                        "livepatch:livepatch-peers (peers)",
                        "postgresql:database-peers (peers)",
                        "livepatch:database postgresql:database");
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
        PendingWrites pendingWrites = new PendingWrites(model, new UnitName("postgresql", 0));
        pendingWrites.putSecret("postgresql", "user", Map.of("password", "p"));
        pendingWrites.putSecret("postgresql/0", "own", Map.of("key", "k"));
        Model gone = new ModelChange.ForgetApplication("postgresql").applyTo(pendingWrites.applyTo(model), CHARMS);

        assertThat(gone.secrets()).isEmpty();
        assertThat(gone.relations().values()).allMatch(relation -> relation.involves("livepatch") && relation.peers());
    }
}
