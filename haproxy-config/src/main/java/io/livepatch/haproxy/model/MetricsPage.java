package io.livepatch.haproxy.model;

/**
 * Metrics that are constant for one configuration, such as the end of a certificate. haproxy answers them itself beside
 * {@code /metrics}, so that they are available whenever haproxy runs.
 *
 * @param path below {@code /metrics/}
 * @param text in Prometheus' text format, at most 1,500 characters
 */
public record MetricsPage(String path, String text) {
    public MetricsPage {
        new Violations("metrics page '" + path + "'")
                .unless(
                        ConfigSyntax.isRoute(path) && path.startsWith("/metrics/"),
                        "the path is not below /metrics, or not " + ConfigSyntax.ROUTE_RULE)
                .unless(ConfigSyntax.isMetricsText(text), "the text is not " + ConfigSyntax.METRICS_TEXT_RULE)
                .throwIfAny();
    }
}
