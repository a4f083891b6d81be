package io.livepatch.fleet.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The report for machines. Times of latencies are whole microseconds, moments and durations are ISO 8601, and {@code figures} has everything
 * that was measured, with histograms in HdrHistogram's compressed V2 encoding in Base64, so that reports of several replicas can be merged
 * without loss. What stands beside {@code flock} and {@code figures} is drawn from them, for whoever has no histogram at hand; it is not read
 * again. A name that is here stays as long as {@code format} does.
 */
public final class ReportJson {
    static final String FORMAT = "livepatch-fleet-report/1";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(it -> it.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .enable(SerializationFeature.INDENT_OUTPUT)
            // Maps of a run have no order of their own; a report of the same run is the same to the byte.
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .addMixIn(Load.class, JacksonMixins.OfLoad.class)
            .addMixIn(Workload.class, JacksonMixins.OfWork.class)
            .addMixIn(Threshold.class, JacksonMixins.OfThreshold.class)
            .addMixIn(KernelRelease.class, JacksonMixins.OfKernel.class)
            .build();

    /** What is only looked at before the rest is read. */
    private record Header(String format) {}

    private ReportJson() {}

    public static String write(RunReport report) {
        return MAPPER.writeValueAsString(ReportDocument.of(report)) + "\n";
    }

    /**
     * Reads what {@link #write} has written.
     *
     * @param source named in complaints
     */
    public static RunReport read(String json, Path source) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            Header header = MAPPER.treeToValue(tree, Header.class);
            if (!FORMAT.equals(header.format())) {
                throw new IllegalArgumentException(
                        "'%s' is not a report of this version: its format is '%s', expected '%s'"
                                .formatted(source, header.format(), FORMAT));
            }
            return MAPPER.treeToValue(tree, ReportDocument.class).report();
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "'%s' is not a report of a fleet: %s".formatted(source, e.getOriginalMessage()), e);
        }
    }

    /** One line, for a script within a page. */
    static String compact(Object value) {
        return MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
    }

    /** Of one run, merged as if one replica had seen everything. */
    public static RunReport merge(List<RunReport> reports) {
        return reports.stream()
                .reduce(RunReport::plus)
                .orElseThrow(() -> new IllegalArgumentException("there is no report to merge"));
    }
}
