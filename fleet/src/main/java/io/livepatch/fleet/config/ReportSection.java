package io.livepatch.fleet.config;

import java.nio.file.Path;
import java.util.List;

/** {@code report}: what to write when a run is over. */
final class ReportSection {
    static final Key<Path> JSON = Readings.path("json");
    static final Key<Path> JUNIT = Readings.path("junit");
    static final Key<Path> HTML = Readings.path("html");
    static final Section REPORT = Section.of("report", List.of(JSON, JUNIT, HTML));

    private ReportSection() {}

    static ReportConfig read(Values values) {
        return new ReportConfig(values.get(JSON), values.get(JUNIT), values.get(HTML));
    }
}
