package io.livepatch.server.admin;

import io.livepatch.server.admin.Session.CliContext;

/** The program {@code livepatch-admin}. */
public final class Main {
    private Main() {}

    /** Runs one command; the exit code is 0, 1 the server said no, 2 wrong usage, 3 server not reached. */
    public static void main(String[] arguments) {
        System.exit(Program.commandLine(CliContext.ofProcess()).execute(arguments));
    }
}
