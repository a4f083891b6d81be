package io.livepatch.charm;

import io.livepatch.charm.cli.Cli;

/** {@code scripts/juju}. */
public final class JujuMain {
    private JujuMain() {}

    public static void main(String... arguments) {
        System.exit(Cli.run(System.getenv(), System.in, System.out, System.err, arguments));
    }
}
