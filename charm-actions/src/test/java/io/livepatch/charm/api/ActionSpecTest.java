package io.livepatch.charm.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ActionSpecTest {
    private final CharmMetadata livepatch = CharmMetadata.read("livepatch");
    private final ActionSpec migrate = livepatch.action("storage-migrate");

    @Test
    void aPartOfANameIsEnoughForASuggestion() {
        for (String typed : List.of("migrate", "migrate-storage", "storage-migrat")) {
            assertThatThrownBy(() -> livepatch.action(typed))
                    .as(typed)
                    .hasMessage("charm 'livepatch' has no action '" + typed + "', did you mean 'storage-migrate'?");
        }
        assertThatThrownBy(() -> livepatch.action("storage"))
                .hasMessageContaining("storage-migrate, storage-status, storage-verify");
    }

    @Test
    void takesNothingButItsChoices() {
        assertThat(migrate.check(Map.of("to", "s3"))).isEqualTo(Map.of("to", "s3", "dry-run", "false"));
        assertThatThrownBy(() -> migrate.check(Map.of("to", "postgresql", "dry-run", "yes")))
                .hasMessageContaining("cannot take to=postgresql, did you mean 'postgres'?")
                .hasMessageContaining("cannot take dry-run=yes");
        assertThatThrownBy(() -> migrate.check(Map.of()))
                .hasMessageContaining("needs to=…: postgres, s3 or filesystem");
    }

    @Test
    void parallelActionsRunConcurrently() {
        assertThat(migrate.parallel()).isTrue();
        assertThat(livepatch.action("restart").parallel()).isFalse();
    }
}
