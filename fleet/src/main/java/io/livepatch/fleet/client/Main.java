package io.livepatch.fleet.client;

/** The program {@code livepatch-client}. */
public final class Main {
    private Main() {}

    /** Runs one command; the exit code is 0, 1 refused or failed, 2 wrong usage, 3 server not reached. */
    public static void main(String[] arguments) {
        System.exit(Program.commandLine(ClientContext.ofProcess()).execute(arguments));
    }
}
