package io.livepatch.server;

import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the counters of refusals out of the text of {@code /metrics}. */
public final class Refusals {
    private Refusals() {}

    /** How often that was the reason of a refusal. */
    public static long of(Metrics metrics, Refusal reason) {
        return of(metrics.scrape(), reason.label());
    }

    /** How often that was the reason of a refusal, in the text of {@code /metrics}. */
    static long of(String scraped, String reason) {
        Matcher matcher = Pattern.compile("refused_requests_total\\{reason=\"" + reason + "\"} (\\d+)")
                .matcher(scraped);
        if (!matcher.find()) {
            throw new AssertionError("no refusals for the reason '" + reason + "' in:\n" + scraped);
        }
        return Long.parseLong(matcher.group(1));
    }
}
