package io.livepatch.supervisor.cli;

import io.livepatch.common.cli.Signals;
import picocli.CommandLine;

/** Nothing but the way in. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        // Before anything else: a signal during the start must not find the JVM's own way of ending.
        ShutdownRequest signal = new ShutdownRequest();
        Signals.onTermination(signal::ask);
        Signals.onReload(() -> {});
        System.exit(new CommandLine(new SupervisorCommand(signal)).execute(arguments));
    }
}
