package io.livepatch.charm.cli;

import io.livepatch.charm.wire.ControllerRequest;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "wait-for",
        mixinStandardHelpOptions = true,
        description = "Waits until every unit is active, and shows each change meanwhile.")
final class WaitForCommand implements Callable<Integer> {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m|h)");

    private final ControllerClient client;

    @Option(names = "--timeout", description = "such as 30s, 5m or 1h; default ${DEFAULT-VALUE}")
    private String timeout = "5m";

    WaitForCommand(ControllerClient client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        client.ask(new ControllerRequest.WaitFor(duration(timeout).toSeconds()));
        client.out().println("all units are active");
        return 0;
    }

    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw CliException.usage("'" + text + "' is no time; write 30s, 5m or 1h");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }
}
