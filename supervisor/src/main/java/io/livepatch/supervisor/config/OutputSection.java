package io.livepatch.supervisor.config;

import io.livepatch.supervisor.LogSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code output}: a file instead of the supervisor's own output. */
final class OutputSection {

    static final Key<Path> FILE = Readings.path("file", "the path of a file");
    static final Key<Long> MAX_SIZE = Readings.size("max_size");
    static final Key<Integer> KEEP = Readings.whole("keep", 0, 1000);
    static final Section OUTPUT = Section.of("output", List.of(FILE, MAX_SIZE, KEEP));

    private OutputSection() {}

    static Optional<LogSpec> read(Values values, Origin origin) {
        Optional<Path> file = values.require(FILE).map(origin::resolve);
        Optional<Long> size = values.get(MAX_SIZE);
        Optional<Integer> keep = values.get(KEEP);
        return file.map(LogSpec::of)
                .map(standard -> values.together(
                        "",
                        () -> new LogSpec(
                                standard.file(), size.orElse(standard.maxBytes()), keep.orElse(standard.keep())),
                        standard));
    }
}
