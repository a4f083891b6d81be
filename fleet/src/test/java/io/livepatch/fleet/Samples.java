package io.livepatch.fleet;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.protocol.CallPolicy;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.protocol.OfferedPatch;
import io.livepatch.fleet.protocol.OfferedPatch.PatchName;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import io.livepatch.fleet.protocol.Platform;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;

/** Data of the tests. */
public final class Samples {
    public static final Platform PLATFORM = new Platform(new KernelRelease("5.15.0-107.117-generic"), "amd64");
    public static final PatchVersion VERSION = new PatchVersion("107.1");
    public static final PatchName NAME = new PatchName("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
    public static final Credentials CREDENTIALS =
            new Credentials(new MachineId("machine-1"), new Secret("machine-token"));

    /** Short pauses, and time enough for a slow machine to answer. */
    public static final CallPolicy QUICK = new CallPolicy(
            3,
            Duration.ofMillis(1),
            Duration.ofMillis(50),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60));

    private Samples() {}

    /** Bytes of no pattern, the same each time. */
    public static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    public static OfferedPatch offer(byte[] bytes, URI url) {
        return new OfferedPatch(NAME, VERSION, sha256(bytes), bytes.length, url);
    }

    /** The JSON of an answer to a check-in. */
    public static String applyJson(byte[] bytes, URI url) {
        return "{\"action\":\"apply\",\"filename\":\"%s\",\"version\":\"%s\",\"sha256\":\"%s\",\"size\":%d,\"url\":\"%s\"}"
                .formatted(NAME, VERSION, sha256(bytes), bytes.length, url);
    }

    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
