package io.livepatch.haproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HaproxyConfigTest {
    @ParameterizedTest
    @EnumSource
    void theTextIsTheGoldenFile(Golden golden) {
        assertThat(HaproxyConfig.render(golden.loadBalancer())).isEqualTo(golden.text());
    }

    @Test
    void equalInputGivesEqualBytes() {
        assertThat(HaproxyConfig.render(Examples.usual())).isEqualTo(HaproxyConfig.render(Examples.usual()));
    }

    @Test
    void addingAUnitAddsOneLineAndRenamesNobody() {
        for (Strategy strategy : Strategy.values()) {
            List<String> before =
                    body(Examples.units(Examples.unit(2), Examples.unit(10)).withStrategy(strategy));
            List<String> after = body(Examples.units(Examples.unit(2), Examples.unit(3), Examples.unit(10))
                    .withStrategy(strategy));
            assertThat(after).containsSubsequence(before).hasSize(before.size() + 1);
        }
    }

    @Test
    void everyTextHasAFingerprintOfItsOwn() {
        String text = HaproxyConfig.render(Examples.usual());
        String other = HaproxyConfig.render(Examples.usual().withLimits(Limits.DEFAULT.withMaxConnections(4001)));
        assertThat(HaproxyConfig.fingerprint(text)).isPresent().isNotEqualTo(HaproxyConfig.fingerprint(other));
        assertThat(HaproxyConfig.fingerprint("global\n")).isEmpty();
    }

    private static List<String> body(Backend backend) {
        return HaproxyConfig.render(Examples.usual().withBackends(List.of(backend)))
                .lines()
                .filter(line -> !line.startsWith("  description "))
                .toList();
    }
}
