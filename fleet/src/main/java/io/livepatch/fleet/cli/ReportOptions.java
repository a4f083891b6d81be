package io.livepatch.fleet.cli;

import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.report.JunitXml;
import io.livepatch.fleet.report.ReportJson;
import io.livepatch.fleet.report.ReportPage;
import io.livepatch.fleet.report.RunReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The report options, which several commands share. They override the configuration. */
final class ReportOptions {
    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "all measurements, for programs and for 'fleet report'")
    private @Nullable Path json;

    @Option(names = "--junit", paramLabel = "FILE", description = "a test case for each threshold, for build servers")
    private @Nullable Path junit;

    @Option(names = "--html", paramLabel = "FILE", description = "a page with charts, which opens without a network")
    private @Nullable Path html;

    boolean none() {
        return json == null && junit == null && html == null;
    }

    FleetConfig.Report over(FleetConfig.Report file) {
        return new FleetConfig.Report(
                Optional.ofNullable(json).or(file::json),
                Optional.ofNullable(junit).or(file::junit),
                Optional.ofNullable(html).or(file::html));
    }

    FleetConfig.Report alone() {
        return over(new FleetConfig.Report(Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /** Checks before a long run that the files can be written. */
    static void check(FleetConfig.Report files) {
        for (Optional<Path> option : java.util.List.of(files.json(), files.junit(), files.html())) {
            option.map(Path::toAbsolutePath).ifPresent(file -> {
                if (Files.isDirectory(file) || !Files.isWritable(file.getParent())) {
                    throw new IllegalArgumentException(
                            "cannot write a report to '%s': it is a directory, or its directory is missing or not writable"
                                    .formatted(file));
                }
            });
        }
    }

    static void write(FleetConfig.Report files, RunReport report) {
        write(files.json(), () -> ReportJson.write(report));
        write(files.junit(), () -> JunitXml.write(report));
        write(files.html(), () -> ReportPage.write(report));
    }

    private static void write(Optional<Path> target, Supplier<String> text) {
        target.ifPresent(file -> {
            try {
                Files.writeString(file, text.get());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the report '%s': %s".formatted(file, e.getMessage()), e);
            }
        });
    }
}
