package io.livepatch.supervisor.cli;

import io.livepatch.common.cli.Signals;
import picocli.CommandLine;

/** The entry point of the supervisor. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        // First of all: the JVM's default handlers would end the process without a shutdown.
        ShutdownRequest shutdown = new ShutdownRequest();
        Signals.onTermination(shutdown::onSignal);
        Signals.onReload(() -> {});
        System.exit(new CommandLine(new SupervisorCommand(shutdown)).execute(arguments));
    }
}
