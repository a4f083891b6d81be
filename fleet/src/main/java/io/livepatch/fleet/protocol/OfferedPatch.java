package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.Platform.KernelRelease;
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

    /**
     * The file name of a patch, {@code livepatch-<kernel>-<version>-<arch>.tar.bz2}, and the only text of a server that ever
     * becomes part of a path: the grammar has no separator, dot-dot or control character.
     *
     * @param fileName at most 200 characters
     */
    public record PatchName(String fileName) {
        private static final InputSyntax GRAMMAR = InputSyntax.of(
                "patch name",
                "livepatch-" + KernelRelease.IN_FILE_NAME + "-" + PatchVersion.PATTERN + "-"
                        + Platform.ARCHITECTURE_IN_FILE_NAME + "\\.tar\\.bz2",
                200,
                "livepatch-<kernel>-<version>-<arch>.tar.bz2");

        public PatchName {
            GRAMMAR.check(fileName);
        }

        /** Whether this is the name of that version of a patch for that platform. */
        public boolean names(Platform platform, PatchVersion version) {
            return fileName.equals(
                    "livepatch-%s-%s-%s.tar.bz2".formatted(platform.kernel(), version, platform.architecture()));
        }

        @Override
        public String toString() {
            return fileName;
        }
    }

    /**
     * The version of a patch, {@code 107.1}. A client never orders versions: which one is due is for the server to say.
     *
     * @param text one to four numbers without leading zeros, joined by dots
     */
    public record PatchVersion(String text) {
        static final String PATTERN = "(?:0|[1-9]\\d{0,8})(?:\\.(?:0|[1-9]\\d{0,8})){0,3}";

        private static final InputSyntax GRAMMAR =
                InputSyntax.of("patch version", PATTERN, 40, "one to four numbers like 107.1");

        public PatchVersion {
            GRAMMAR.check(text);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
