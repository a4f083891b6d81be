package io.livepatch.fleet;

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
