package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.net.URI;

/**
 * A patch that the server offers to a machine.
 *
 * @param sha256 64 lower-case hexadecimal digits
 * @param size in bytes
 * @param url of the download, valid for a limited time; its query is a credential and is never printed
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
     * The file name of a patch, {@code livepatch-<kernel>-<version>-<arch>.tar.bz2}. It is the only text of a server that becomes part of
     * a path: its syntax excludes separators, dot-dot and control characters.
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

        /** The file name for a platform, not validated: the kernel of a platform may have characters that a file name excludes. */
        public static String text(Platform platform, PatchVersion version) {
            return "livepatch-%s-%s-%s.tar.bz2".formatted(platform.kernel(), version, platform.architecture());
        }

        @Override
        public String toString() {
            return fileName;
        }
    }

    /**
     * The version of a patch, {@code 107.1}. Only the server orders versions.
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
