package io.livepatch.fleet.cli;

import io.livepatch.fleet.report.ReportJson;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.report.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        description = "Makes a report of what runs have left; those of several replicas become one.",
        mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
    private final CliContext cliContext;

    @Parameters(arity = "1..*", paramLabel = "RESULTS", description = "files that --json has written, of one run")
    private List<Path> results = List.of();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    ReportCommand(CliContext cliContext) {
        this.cliContext = cliContext;
    }

    @Override
    public Integer call() {
        RunReport report = ReportJson.merge(
                results.stream().map(file -> ReportJson.read(text(file), file)).toList());
        ReportOptions.check(reports.alone());
        ReportOptions.write(reports.alone(), report);
        if (reports.none()) {
            cliContext.out().println(Summary.write(report));
        }
        return report.passed() ? Program.HELD : Program.BROKEN;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '%s': %s".formatted(file, e.getMessage()), e);
        }
    }
}
