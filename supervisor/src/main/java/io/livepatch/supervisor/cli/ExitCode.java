package io.livepatch.supervisor.cli;

/** What the supervisor ends with. */
final class ExitCode {

    /** It was asked to end, and every worker ended by itself in time. */
    static final int WELL = 0;
    /** A defect. */
    static final int DEFECT = 1;
    /** Called wrongly, or with a configuration that cannot be used; nothing was started. */
    static final int USAGE = 2;
    /** Workers had been given up. */
    static final int GIVEN_UP = 3;
    /** Workers had to be killed, because they did not end in time. */
    static final int KILLED = 4;

    private ExitCode() {}
}
