package io.livepatch.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.livepatch.common.config.Secret;
import io.livepatch.server.Logs;
import io.livepatch.server.config.UnitConfig.AuthConfig.BasicUser;
import io.livepatch.server.problem.ProblemException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BasicUsersTest {

    /** Vectors of PHP's manual, of libxcrypt, of jBCrypt and of OpenBSD. */
    @ParameterizedTest
    @CsvSource({
        "rasmuslerdorf, $2a$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi",
        "secret, $2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "secret, $2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "pässword, $2b$04$T5SyzmT6Voun2Nug3LeNtOeYwC.npAPu/gCQTvDFuJadQiJBQP1ze",
        "abc, $2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        "U*U, $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    })
    void hashesOfOtherProgramsAreUnderstood(String password, String hash) {
        BasicUsers users = new BasicUsers(List.of(new BasicUser("ann", new Secret(hash))));

        assertThat(users.accepts("ann", password)).isTrue();
        assertThat(users.accepts("ann", password + "x")).isFalse();
        assertThat(users.accepts("bob", password)).isFalse();
    }

    @Test
    void passwordIsCutWhereBcryptCutsIt() {
        String seventyTwo = "x".repeat(72);
        byte[] hash = BCrypt.with(BCrypt.Version.VERSION_2Y_NO_NULL_TERMINATOR)
                .hash(4, seventyTwo.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        BasicUsers users = users(new String(hash, java.nio.charset.StandardCharsets.UTF_8));

        assertThat(users.accepts("ann", seventyTwo)).isTrue();
        assertThat(users.accepts("ann", seventyTwo + "y")).isTrue();
        assertThat(users.accepts("ann", "x".repeat(71))).isFalse();
    }

    @Test
    void withoutUsersNoLogInSucceeds() {
        assertThat(new BasicUsers(List.of()).accepts("", "")).isFalse();
    }

    @Test
    void floodIsRefusedInsteadOfQueued() {
        BasicUsers busy = new BasicUsers(List.of(), 0, Duration.ZERO);

        assertThatThrownBy(() -> busy.accepts("ann", "x")).isInstanceOf(ProblemException.Unavailable.class);
    }

    @Test
    void refusalIsLoggedAsAnEventWithoutNameOrPassword() {
        String hash = BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, "right".toCharArray());
        BasicUsers users = users(hash);

        try (Logs logs = Logs.capture()) {
            users.accepts("ann", "wrong-hunter2");
            users.accepts("typed-hunter2-here", "wrong-hunter2");

            assertThat(logs.lines())
                    .anyMatch(line -> line.contains("event=\"basicauth_authn_failed:wrong_password\"")
                            && line.contains("type=\"security\""))
                    .anyMatch(line -> line.contains("basicauth_authn_failed:user_not_found"))
                    .noneMatch(line -> line.contains("hunter2") || line.contains(hash));
        }
    }

    private static BasicUsers users(String hash) {
        return new BasicUsers(List.of(new BasicUser("ann", new Secret(hash))));
    }
}
