package io.livepatch.fleet;

/**
 * What decides which patches fit a machine.
 *
 * @param architecture Debian's name for it: {@code amd64}, {@code arm64}, {@code s390x}, {@code ppc64el}
 */
public record Platform(KernelRelease kernel, String architecture) {
    static final String ARCHITECTURE = "[a-z][a-z0-9]{1,15}";

    private static final Grammar GRAMMAR =
            Grammar.of("architecture", ARCHITECTURE, 16, "Debian's name for it, like amd64 or arm64");

    public Platform {
        GRAMMAR.check(architecture);
    }
}
