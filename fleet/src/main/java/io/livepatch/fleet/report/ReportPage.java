package io.livepatch.fleet.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The report for people: one HTML file that needs nothing but a browser. */
public final class ReportPage {
    private static final String LIBRARY = "/META-INF/resources/webjars/chart.js/4.4.9/dist/chart.umd.js";
    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

    private ReportPage() {}

    public static String write(RunReport report) {
        Map<String, String> parts = Map.of(
                "style", resource("page.css"),
                "script", resource("page.js"),
                // Without the address of its source map, which a browser's tools would ask for.
                "library", resource(LIBRARY).replaceAll("(?m)^//# sourceMappingURL=.*$", ""),
                // A script element ends at the first "</script", even within a string.
                "data", ReportJson.compact(PageData.of(report)).replace("<", "\\u003c"),
                "body", new PageBody(report).text());
        // In one pass, so that no part is searched for places of another.
        return PLACE.matcher(resource("page.html"))
                .replaceAll(it -> Matcher.quoteReplacement(parts.getOrDefault(it.group(1), it.group())));
    }

    private static String resource(String name) {
        try (InputStream stream = ReportPage.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("'%s' is not on the class path".formatted(name));
            }
            return new String(stream.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '%s' from the class path".formatted(name), e);
        }
    }
}
