package io.livepatch.storage;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The identity of a patch, and the only thing a path, key or query for its bytes is ever built from.
 *
 * <p>Its text is the file name {@code livepatch-<kernel>-<version>-<architecture>.tar.bz2}, of letters, digits and {@code . _ + ~ -}. It
 * has no separator and no control character and does not begin with a dot, so a name that parsed cannot leave a directory. All of them
 * may stand as they are in a segment of a URL's path (RFC 3986, section 3.3); haproxy lets no escaped characters through.
 *
 * @param kernel one that {@link #find(KernelRelease, PatchVersion, Architecture) fits} into a file name
 */
public record PatchName(KernelRelease kernel, PatchVersion version, Architecture architecture) {
    private static final int MAX_LENGTH = 200;
    private static final String EXPECTED = "livepatch-<kernel>-<version>-<arch>.tar.bz2";

    private static final Pattern PATTERN =
            Pattern.compile("livepatch-(?<kernel>.+)-(?<version>[0-9.]+)-(?<architecture>[^-]+)\\.tar\\.bz2");

    public PatchName {
        if (!kernel.fitsFileName()) {
            throw new InvalidNameException(
                    "kernel of a patch", kernel.text(), "letters, digits and '. _ + ~ -', like 5.15.0-107.117-generic");
        }
        if (!architecture.fitsFileName()) {
            throw new InvalidNameException(
                    "architecture of a patch", architecture.name(), "Debian's name for it, like amd64 or arm64");
        }
    }

    /**
     * Reads a file name.
     *
     * @throws InvalidNameException if it is not exactly the file name of a patch
     */
    public static PatchName parse(String fileName) {
        Matcher matcher = PATTERN.matcher(fileName);
        if (fileName.length() > MAX_LENGTH || !matcher.matches()) {
            throw new InvalidNameException("patch name", fileName, EXPECTED);
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

    /** The patch of that version for a machine; empty if there can be none, since no file name can hold its kernel. */
    public static Optional<PatchName> find(KernelRelease kernel, PatchVersion version, Architecture architecture) {
        return kernel.fitsFileName() && architecture.fitsFileName()
                ? Optional.of(new PatchName(kernel, version, architecture))
                : Optional.empty();
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
