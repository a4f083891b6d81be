package io.livepatch.fleet.config;

import java.nio.file.Path;
import java.util.Optional;

/** Section {@code report}: the files to write when a run is over. */
public record ReportConfig(Optional<Path> json, Optional<Path> junit, Optional<Path> html) {}
