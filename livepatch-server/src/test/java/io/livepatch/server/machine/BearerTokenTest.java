package io.livepatch.server.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.server.problem.ProblemException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class BearerTokenTest {
    private static final Pattern GRAMMAR = Pattern.compile("(?i:bearer) +(?<token>[A-Za-z0-9._~+/-]+=*) *");
    private static final List<String> PIECES = List.of("", "Bearer", "bEARER", " ", "\t", "a", "-~", "=", "é", ",");
    private static final int LONGEST = 5;

    @Test
    void acceptedTokensMatchTheGrammar() {
        tryAll("", LONGEST);
    }

    private static void tryAll(String header, int more) {
        Matcher matcher = GRAMMAR.matcher(header);
        if (matcher.matches()) {
            assertThat(BearerToken.of(Optional.of(header)).text()).isEqualTo(matcher.group("token"));
        } else {
            assertThatThrownBy(() -> BearerToken.of(Optional.of(header)))
                    .as(header)
                    .isInstanceOf(ProblemException.Unauthorized.class);
        }
        if (more > 0) {
            PIECES.forEach(piece -> tryAll(header + piece, more - 1));
        }
    }

    @Test
    void itIsNotReadWhenItIsTooLong() {
        assertThat(BearerToken.of(Optional.of("Bearer " + "a".repeat(505))).text())
                .hasSize(505);
        assertThatThrownBy(() -> BearerToken.of(Optional.of("Bearer " + "a".repeat(506))))
                .isInstanceOf(ProblemException.Unauthorized.class);
    }
}
