package io.livepatch.supervisor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a page in Prometheus' text format and checks the rules of its documentation: each family has HELP and TYPE once and before its
 * samples, its samples are adjacent and unique, and the buckets of histograms are cumulative.
 */
final class TextFormat {

    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\n\"])*\"";
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{((?:" + LABEL + ")(?:,"
            + LABEL + ")*)})? (NaN|[+-]Inf|-?[0-9.]+(?:E-?[0-9]+)?)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
    private static final Pattern HELP = Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \\S.*");

    /** Types whose samples have a suffix. */
    private static final Set<String> SUFFIXED = Set.of("histogram", "summary");

    private final Map<String, String> types = new HashMap<>();
    private final Map<String, String> samples = new LinkedHashMap<>();
    private final Map<String, Double> lowerBucket = new HashMap<>();
    private String family = "";

    private TextFormat() {}

    /** The samples by name and labels, and the types by family. */
    record Page(Map<String, String> samples, Map<String, String> types) {

        double value(String sample) {
            assertThat(samples).containsKey(sample);
            return Double.parseDouble(samples.get(sample));
        }
    }

    static Page read(String text) {
        assertThat(text).endsWith("\n");
        TextFormat format = new TextFormat();
        text.lines().forEach(format::line);
        return new Page(format.samples, format.types);
    }

    private void line(String line) {
        Matcher help = HELP.matcher(line);
        Matcher type = TYPE.matcher(line);
        Matcher sample = SAMPLE.matcher(line);
        if (help.matches()) {
            family = help.group(1);
            assertThat(types).as(line).doesNotContainKey(family);
        } else if (type.matches()) {
            assertThat(type.group(1))
                    .as("TYPE comes after the HELP of its family")
                    .isEqualTo(family);
            assertThat(types.put(family, type.group(2))).as(line).isNull();
        } else {
            assertThat(sample.matches()).as(line).isTrue();
            sample(line, sample);
        }
    }

    private void sample(String line, Matcher sample) {
        String name = sample.group(1);
        String type = types.get(family);
        assertThat(name).as(line).isIn(family, family + "_bucket", family + "_sum", family + "_count");
        assertThat(name.equals(family)).as(line).isEqualTo(!SUFFIXED.contains(type));
        assertThat(samples.put(line.substring(0, line.lastIndexOf(' ')), sample.group(3)))
                .as(line)
                .isNull();
        if (name.endsWith("_bucket")) {
            String series = line.replaceAll("le=\"[^\"]*\".*", "");
            double count = Double.parseDouble(sample.group(3));
            assertThat(count).as(line).isGreaterThanOrEqualTo(lowerBucket.getOrDefault(series, 0.0));
            lowerBucket.put(series, count);
        }
    }
}
