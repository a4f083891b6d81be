package io.livepatch.storage;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The identity of a patch, and the only thing a path, key or query for its bytes is ever built from.
 *
 * <p>Its text is the file name {@code livepatch-<kernel>-<version>-<architecture>.tar.bz2}. The grammar has no separator,
 * dot-dot or control character, so a name that parsed cannot leave a directory.
 */
public record PatchName(KernelRelease kernel, PatchVersion version, Architecture architecture) {
    private static final int MAX_LENGTH = 200;

    private static final Pattern PATTERN =
            Pattern.compile("livepatch-(?<kernel>.+)-(?<version>[0-9.]+)-(?<architecture>[^-]+)\\.tar\\.bz2");

    /**
     * Reads a file name.
     *
     * @throws InvalidNameException if it is not exactly the file name of a patch
     */
    public static PatchName parse(String fileName) {
        Matcher matcher = PATTERN.matcher(fileName);
        if (fileName.length() > MAX_LENGTH || !matcher.matches()) {
            throw new InvalidNameException("patch name", fileName, "livepatch-<kernel>-<version>-<arch>.tar.bz2");
        }
        return new PatchName(
                new KernelRelease(matcher.group("kernel")),
                PatchVersion.parse(matcher.group("version")),
                new Architecture(matcher.group("architecture")));
    }

    /** Reads what may be something else: empty if it is not exactly the file name of a patch. */
    public static Optional<PatchName> find(String fileName) {
        try {
            return Optional.of(parse(fileName));
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }

    /** The file name that {@link #parse} reads. */
    public String fileName() {
        return "livepatch-" + kernel + "-" + version + "-" + architecture + ".tar.bz2";
    }

    @Override
    public String toString() {
        return fileName();
    }
}
