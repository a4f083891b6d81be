package io.livepatch.charm.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "debug-log",
        mixinStandardHelpOptions = true,
        description = "Shows what the controller and the charms did. Works whether the controller runs or not.")
final class DebugLogCommand implements Callable<Integer> {
    private static final long POLL_MILLIS = 250;

    private final ControllerClient client;

    @Option(
            names = {"-i", "--include"},
            paramLabel = "UNIT",
            description = "only this unit; may be repeated")
    private List<String> include = List.of();

    @Option(
            names = {"-n", "--lines"},
            description = "how many of the last lines; default ${DEFAULT-VALUE}")
    private int lines = 20;

    @Option(
            names = "--tail",
            negatable = true,
            description = "goes on as more is written; --no-tail ends after the last line")
    private boolean tail;

    DebugLogCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() throws InterruptedException {
        Path log = client.home().debugLog();
        if (!Files.exists(log)) {
            throw CliException.failed("there is no log in " + client.home() + "; nothing was deployed yet");
        }
        try (BufferedReader reader = Files.newBufferedReader(log)) {
            Deque<String> last = new ArrayDeque<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (wanted(line)) {
                    last.add(line);
                    if (last.size() > lines) {
                        last.remove();
                    }
                }
            }
            last.forEach(client.out()::println);
            if (tail) {
                follow(reader);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + log + "': " + e.getMessage(), e);
        }
        return 0;
    }

    private void follow(BufferedReader reader) throws IOException, InterruptedException {
        while (!client.out().checkError()) {
            String line = reader.readLine();
            if (line == null) {
                client.out().flush();
                Thread.sleep(POLL_MILLIS);
            } else if (wanted(line)) {
                client.out().println(line);
            }
        }
    }

    private boolean wanted(String line) {
        return include.isEmpty()
                || include.stream().anyMatch(unit -> line.startsWith("unit-" + unit.replace('/', '-') + ":"));
    }
}
