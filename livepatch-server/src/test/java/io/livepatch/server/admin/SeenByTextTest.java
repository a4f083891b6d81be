package io.livepatch.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class SeenByTextTest {
    private static JsonNode seenBy(String json) {
        return JsonMapper.shared().readTree(json);
    }

    @Test
    void allUnitsHaveTheChange() {
        JsonNode all = seenBy("{\"units\":3,\"lagging\":[]}");

        assertThat(SeenByText.warning(all)).isEmpty();
        assertThat(SeenByText.confirmation(all)).contains("all 3 units that report have it");
    }

    @Test
    void oneUnitOrNoneIsNotConfirmed() {
        for (int units = 0; units < 2; units++) {
            JsonNode few = seenBy("{\"units\":" + units + ",\"lagging\":[]}");
            assertThat(SeenByText.warning(few)).isEmpty();
            assertThat(SeenByText.confirmation(few)).isEmpty();
        }
    }

    @Test
    void silentUnitIsNotConfirmed() {
        JsonNode silent = seenBy("""
                {"units":2,"lagging":["livepatch/2","livepatch/3"],"silent":[{"unit":"livepatch/3","since":"2026-11-20T12:00:00Z"}]}""");

        assertThat(SeenByText.warning(silent))
                .hasValueSatisfying(
                        text -> assertThat(text)
                                .contains(
                                        "not all units have it yet: livepatch/2, livepatch/3 (not heard of since 2026-11-20T12:00:00Z);"));
        assertThat(SeenByText.confirmation(silent)).isEmpty();
    }

    @Test
    void unknownUnitsAreAWarning() {
        JsonNode unknown = seenBy("{\"units\":0,\"lagging\":[],\"problem\":\"the database is away\"}");

        assertThat(SeenByText.warning(unknown))
                .hasValueSatisfying(text -> assertThat(text).contains("did not say which units have it yet"));
        assertThat(SeenByText.confirmation(unknown)).isEmpty();
    }
}
