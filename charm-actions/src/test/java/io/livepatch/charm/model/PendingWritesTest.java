package io.livepatch.charm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PendingWritesTest {
    private static final UnitName LEADER = new UnitName("haproxy", 0);
    private static final Map<String, CharmMetadata> CHARMS = Map.of("haproxy", CharmMetadata.read("haproxy"));
    private static final Model MODEL =
            new ModelChange.Deploy("haproxy", "haproxy", 2, Map.of()).applyTo(Model.empty("127.0.10"), CHARMS);

    private static PendingWrites writes(Model model) {
        return new PendingWrites(model, LEADER);
    }

    @Test
    void aGrantOfASecretOfTheApplicationNeedsTheLeadership() {
        PendingWrites earlier = writes(MODEL);
        String id = earlier.putSecret("haproxy", "password", Map.of("password", "x"));
        Model before = earlier.applyTo(MODEL);
        Model after = new ModelChange.LeaveUnit(LEADER, Instant.EPOCH)
                .applyTo(new ModelChange.RemoveUnits(List.of("haproxy/0")).applyTo(before, CHARMS), CHARMS);
        assertThat(after.leader("haproxy")).contains(new UnitName("haproxy", 1));

        PendingWrites grant = writes(before);
        grant.grant(id, 7);

        assertThatThrownBy(() -> grant.applyTo(after))
                .isInstanceOf(CharmException.class)
                .hasMessageContaining("no longer the leader");
        assertThat(grant.applyTo(before).secrets().get(id).grants()).containsExactly(7);
    }

    @Test
    void aSecretThatTwoCallsCreateIsOneAndKeepsBothGrants() {
        PendingWrites one = writes(MODEL);
        one.grant(one.putSecret("haproxy", "password", Map.of("password", "x")), 1);
        PendingWrites two = writes(MODEL);
        two.grant(two.putSecret("haproxy", "password", Map.of("password", "x")), 2);

        Model both = two.applyTo(one.applyTo(MODEL));

        assertThat(both.secrets().values())
                .filteredOn(secret -> secret.label().equals("password"))
                .singleElement()
                .satisfies(secret -> assertThat(secret.grants()).containsExactly(1, 2));
    }
}
