package io.livepatch.charm.exec;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Random passwords of hexadecimal digits, which need no quoting. */
public final class RandomPassword {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 24;

    private RandomPassword() {}

    public static String random() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
