package io.livepatch.storage;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The identity of a patch. Paths, keys and queries for its bytes are built from this type only.
 *
 * <p>Its text is the file name {@code livepatch-<kernel>-<version>-<architecture>.tar.bz2}, of letters, digits and {@code . _ + ~ -}. It
 * contains no separators or control characters and does not begin with a dot, so a path built from it stays in its directory. All its
 * characters are allowed unescaped in a URL's path segment (RFC 3986, section 3.3), which matters because haproxy rejects escaped ones.
 *
 * @param kernel must fit into a file name, see {@link #find(KernelRelease, PatchVersion, Architecture)}
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
     * Parses a file name.
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

    /** Parses a file name; empty if it is not exactly the file name of a patch. */
    public static Optional<PatchName> find(String fileName) {
        try {
            return Optional.of(parse(fileName));
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }

    /** The name of the patch of this version for a machine; empty if the kernel or the architecture does not fit into a file name. */
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
