package io.livepatch.charm.exec;

import io.livepatch.common.file.Digests;
import java.util.HexFormat;

/** A digest of texts that may be secret. */
public final class Fingerprint {
    private Fingerprint() {}

    public static String of(String... texts) {
        StringBuilder all = new StringBuilder();
        for (String text : texts) {
            all.append(text).append('\0');
        }
        return HexFormat.of().formatHex(Digests.sha256(all.toString()), 0, 8);
    }
}
