package io.livepatch.haproxy;

/** The routes of a livepatch unit, and which of them the world may see unless an operator says more. */
public enum LivepatchRoute {
    CLIENT("/v1/client", true),
    PATCHES("/v1/patches", true),
    API("/v1/api", true),
    CONTEXT("/v1/context", true),
    RESOURCES("/v1/resources", true),
    READY("/health/ready", true),
    OPENAPI("/openapi.yaml", true),
    ADMIN("/v1/admin", false),
    SYNC("/v1/sync", false),
    DEBUG("/debug", false),
    METRICS("/metrics", false),
    LIVE("/health/live", false);

    private final String path;
    private final boolean open;

    LivepatchRoute(String path, boolean open) {
        this.path = path;
        this.open = open;
    }

    /** The path itself; everything below it belongs to the route too. */
    public String path() {
        return path;
    }

    /** Exposed without being asked for. */
    public boolean open() {
        return open;
    }
}
