package io.livepatch.haproxy;

/** Writes a {@link LoadBalancer} as the text of {@code haproxy.cfg}. Pure: equal input gives equal bytes. */
public final class HaproxyConfig {
    private static final String HEAD = """
            # Generated from the model of this load balancer; the next change of the model overwrites what is edited here.

            global
            """;

    private HaproxyConfig() {}

    /** The whole file. */
    public static String render(LoadBalancer lb) {
        Lines lines = new Lines();
        GlobalSection.write(lb, lines);
        DefaultsSection.write(lb, lines);
        lb.sourceLimits().ifPresent(limits -> SourceLimitRules.writeTables(limits, lines));
        lb.frontends().forEach(frontend -> FrontendSection.write(frontend, lb, lines));
        lb.redirects().forEach(redirect -> FrontendSection.write(redirect, lb, lines));
        lb.metrics().ifPresent(bind -> FrontendSection.writeMetrics(bind, lb.metricsPages(), lines));
        lb.backends().forEach(backend -> BackendSection.write(backend, lb.sourceLimits(), lines));
        String body = lines.toString();
        return HEAD
                + "  # a running haproxy repeats this in 'show info': so it is known which text it has loaded\n"
                + "  description " + Fingerprint.of(HEAD + body) + "\n"
                + body;
    }
}
