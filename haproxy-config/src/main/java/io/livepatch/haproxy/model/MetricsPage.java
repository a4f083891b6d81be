package io.livepatch.haproxy.model;

/**
 * Metrics that stay the same as long as the configuration does, such as when a certificate ends. haproxy answers them by
 * itself beside {@code /metrics}, so they are there for as long as it serves.
 *
 * @param path below {@code /metrics/}
 * @param text in Prometheus' text format, at most 1,500 characters
 */
public record MetricsPage(String path, String text) {
    public MetricsPage {
        new Problems("metrics page '" + path + "'")
                .unless(
                        Grammar.isRoute(path) && path.startsWith("/metrics/"),
                        "the path is not below /metrics, or not " + Grammar.ROUTE_RULE)
                .unless(Grammar.isMetricsText(text), "the text is not " + Grammar.METRICS_TEXT_RULE)
                .throwIfAny();
    }
}
