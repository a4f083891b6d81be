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

/** Where reports go; part of several commands. What is asked for here wins over the file. */
final class ReportOptions {
    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "everything that was measured, for programs and for 'fleet report'")
    private @Nullable Path json;

    @Option(
            names = "--junit",
            paramLabel = "FILE",
            description = "a test case for each threshold, as build servers read it")
    private @Nullable Path junit;

    @Option(names = "--html", paramLabel = "FILE", description = "a page with curves, which opens without a network")
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

    /** A place that cannot be written to is worth knowing before a run of an hour. */
    static void check(FleetConfig.Report places) {
        for (Optional<Path> place : java.util.List.of(places.json(), places.junit(), places.html())) {
            place.map(Path::toAbsolutePath).ifPresent(file -> {
                if (Files.isDirectory(file) || !Files.isWritable(file.getParent())) {
                    throw new IllegalArgumentException(
                            "no report can be written to '%s': it is a folder, or its folder is not there or not ours to write to"
                                    .formatted(file));
                }
            });
        }
    }

    static void write(FleetConfig.Report places, RunReport report) {
        write(places.json(), () -> ReportJson.write(report));
        write(places.junit(), () -> JunitXml.write(report));
        write(places.html(), () -> ReportPage.write(report));
    }

    private static void write(Optional<Path> place, Supplier<String> text) {
        place.ifPresent(file -> {
            try {
                Files.writeString(file, text.get());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the report '%s': %s".formatted(file, e.getMessage()), e);
            }
        });
    }
}
