package io.livepatch.fleet.protocol;

import io.livepatch.common.config.Secret;

/** The machine id and the token with which an enrolled machine authenticates. */
public record Credentials(MachineId machine, Secret token) {
    private static final int MAX_TOKEN_LENGTH = 4096;

    /**
     * Checks that a text can be sent as a bearer token: 1 to 4096 visible ASCII characters.
     *
     * @throws IllegalArgumentException if it cannot; the message does not quote the text, which may be a token with a typing error
     */
    public static Secret token(String text) {
        if (text.isEmpty() || text.length() > MAX_TOKEN_LENGTH || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "the token '***' is not one word of at most " + MAX_TOKEN_LENGTH + " visible characters");
        }
        return new Secret(text);
    }

    /**
     * The name under which a machine enrols; usually the text of {@code /etc/machine-id}.
     *
     * @param text 1 to 64 of {@code [A-Za-z0-9._-]}, not only dots
     */
    public record MachineId(String text) {
        private static final InputSyntax GRAMMAR = InputSyntax.of(
                "machine id", "(?!\\.+$)[A-Za-z0-9._-]{1,64}", 64, "1 to 64 letters, digits, '.', '_' and '-'");

        public MachineId {
            GRAMMAR.check(text);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
