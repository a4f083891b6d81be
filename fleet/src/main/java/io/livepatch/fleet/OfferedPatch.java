package io.livepatch.fleet;

import java.net.URI;

/**
 * The patch that a server wants a machine to run.
 *
 * @param sha256 64 lower-case hexadecimal digits
 * @param size in bytes
 * @param url where it is for a while; its query is a credential, so it is not printed
 */
public record OfferedPatch(PatchName name, PatchVersion version, String sha256, long size, URI url) {
    private static final InputSyntax DIGEST =
            InputSyntax.of("sha256", "[0-9a-f]{64}", 64, "64 lower-case hexadecimal digits");

    public OfferedPatch {
        DIGEST.check(sha256);
        if (size <= 0) {
            throw new IllegalArgumentException("invalid size '%d', expected one byte or more".formatted(size));
        }
    }

    @Override
    public String toString() {
        return "%s (%d bytes, sha256 %s)".formatted(name, size, sha256);
    }
}
