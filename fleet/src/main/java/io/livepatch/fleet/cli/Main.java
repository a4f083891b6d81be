package io.livepatch.fleet.cli;

import io.livepatch.fleet.workload.JdkHttp;

/** The program {@code fleet}. */
public final class Main {
    private Main() {}

    /** Runs one command; the exit code is 0, 1 a threshold did not hold, 2 wrong usage or configuration, 3 it could not run. */
    public static void main(String[] arguments) {
        JdkHttp.prepare();
        System.exit(Program.commandLine(CliContext.ofProcess()).execute(arguments));
    }
}
