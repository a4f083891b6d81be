package io.livepatch.fleet.report;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
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
 * The report as JSON. Latencies are whole microseconds, times and durations ISO 8601. {@code figures} has all measurements, with histograms in
 * HdrHistogram's compressed V2 encoding in Base64, so that reports of several replicas merge without loss. The other properties of a flock are
 * derived, for readers without a histogram library, and are not read back. Names are stable for one {@code format}.
 */
public final class ReportJson {
    static final String FORMAT = "livepatch-fleet-report/1";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(it -> it.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .enable(SerializationFeature.INDENT_OUTPUT)
            // Maps of a run are unordered; sorted keys make the report reproducible.
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

    private record Header(String format) {}

    private ReportJson() {}

    public static String write(RunReport report) {
        return MAPPER.writeValueAsString(ReportDocument.of(report)) + "\n";
    }

    /**
     * Parses the output of {@link #write}.
     *
     * @param source for error messages
     */
    public static RunReport read(String json, Path source) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            Header header = MAPPER.treeToValue(tree, Header.class);
            if (!FORMAT.equals(header.format())) {
                throw new IllegalArgumentException(
                        "'%s' has the format '%s', expected '%s'".formatted(source, header.format(), FORMAT));
            }
            return MAPPER.treeToValue(tree, ReportDocument.class).report();
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "'%s' is not a fleet report: %s".formatted(source, e.getOriginalMessage()), e);
        }
    }

    /** One line, for the script of a page. */
    static String compact(Object value) {
        return MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
    }

    /** Merges the reports of the replicas of one run. */
    public static RunReport merge(List<RunReport> reports) {
        return reports.stream()
                .reduce(RunReport::plus)
                .orElseThrow(() -> new IllegalArgumentException("there is no report to merge"));
    }

    /** The JSON form of flock values, as mix-ins to keep Jackson's annotations out of the values. */
    private static final class JacksonMixins {
        private JacksonMixins() {}

        @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
        @JsonSubTypes({
            @JsonSubTypes.Type(value = Load.Closed.class, name = "closed"),
            @JsonSubTypes.Type(value = Load.Open.class, name = "open")
        })
        interface OfLoad {}

        @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
        @JsonSubTypes({
            @JsonSubTypes.Type(value = Workload.CheckIn.class, name = "check-in"),
            @JsonSubTypes.Type(value = Workload.Fetch.class, name = "fetch"),
            @JsonSubTypes.Type(value = Workload.EnrollChurn.class, name = "enroll-churn"),
            @JsonSubTypes.Type(value = Workload.ThunderingHerd.class, name = "thundering-herd"),
            @JsonSubTypes.Type(value = Workload.SlowReader.class, name = "slow-reader"),
            @JsonSubTypes.Type(value = Workload.Misbehaving.class, name = "misbehaving"),
            @JsonSubTypes.Type(value = Workload.EmptyLoop.class, name = "empty-loop")
        })
        interface OfWork {}

        abstract static class OfThreshold {
            @JsonValue
            abstract String text();

            @JsonCreator
            static Threshold parse(String text) {
                return Threshold.parse(text);
            }
        }

        abstract static class OfKernel {
            @JsonValue
            abstract String text();

            @JsonCreator
            OfKernel(String text) {
                throw new AssertionError(text + KernelRelease.class);
            }
        }
    }
}
