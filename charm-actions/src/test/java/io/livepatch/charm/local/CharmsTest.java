package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Violation;
import io.livepatch.charm.api.CharmOption;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rules for the options of every charm. */
class CharmsTest {
    private final Collection<CharmMetadata> charms =
            Charms.metadata(InstantSource.system()).values();

    @Test
    void everyOptionHasAFormatThatTakesItsDefault() {
        assertThat(charms).hasSize(3).allSatisfy(charm -> {
            assertThat(charm.options().values())
                    .isNotEmpty()
                    .allSatisfy(option ->
                            assertThat(option.format()).as(option.name()).isPresent());
            assertThat(charm.violations(charm.effective(Map.of()).values())).isEmpty();
        });
    }

    /** Nothing else lets an operator unset an option in a bundle. */
    @Test
    void anOptionWithoutADefaultThatIsTextMayBeSetToNothing() {
        assertThat(charms)
                .allSatisfy(charm -> charm.options().values().stream()
                        .filter(option -> option.type() == CharmOption.Type.STRING
                                && option.defaultValue().isEmpty())
                        .forEach(option -> assertThat(charm.violations(Map.of(option.name(), "")))
                                .as(option.name())
                                .isEmpty()));
    }

    @Test
    void valuesAndConfigurationsHaveAMaximumSize() {
        CharmMetadata haproxy = charms.stream()
                .filter(charm -> charm.name().equals("haproxy"))
                .findFirst()
                .orElseThrow();
        String longest = "x".repeat(CharmOption.MAX_VALUE_BYTES);

        assertThat(messages(haproxy, Map.of("ssl-cert", longest + "x")))
                .containsExactly("ssl-cert has 1048577 bytes and may have 1048576: set a shorter value");
        assertThat(messages(haproxy, Map.of("external-hostname", longest)))
                .singleElement()
                .satisfies(message -> assertThat(message).hasSizeLessThan(300));
        Map<String, String> all =
                new HashMap<>(Map.of("ssl-cert", longest, "ssl-key", longest, "trusted-cidrs", "::1"));
        assertThat(messages(haproxy, all))
                .anySatisfy(
                        message -> assertThat(message)
                                .contains(
                                        "all options of an application together may have 2097152 bytes, and these have 2097155"));
    }

    private static List<String> messages(CharmMetadata charm, Map<String, String> options) {
        return charm.violations(options).stream().map(Violation::message).toList();
    }
}
