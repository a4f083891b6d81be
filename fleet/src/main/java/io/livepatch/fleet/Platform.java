package io.livepatch.fleet;

/**
 * What decides which patches fit a machine.
 *
 * @param architecture Debian's name for it, {@code amd64}, {@code arm64}, {@code s390x}, {@code ppc64el}; or another, for which a server
 *     has no patch
 */
public record Platform(KernelRelease kernel, String architecture) {
    static final String ARCHITECTURE_IN_FILE_NAME = "[a-z][a-z0-9]{1,15}";

    private static final InputSyntax GRAMMAR =
            InputSyntax.of("architecture", "[A-Za-z0-9._+-]+", 32, "Debian's name for it, like amd64 or arm64");

    public Platform {
        GRAMMAR.check(architecture);
    }
}
