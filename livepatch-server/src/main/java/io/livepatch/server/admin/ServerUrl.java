package io.livepatch.server.admin;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * The URL of a server.
 *
 * @param base scheme, host, port and path; no slash at its end
 */
record ServerUrl(URI base) {
    ServerUrl {
        boolean web = "https".equals(base.getScheme()) || "http".equals(base.getScheme());
        boolean plain = base.getRawUserInfo() == null && base.getRawQuery() == null && base.getRawFragment() == null;
        if (!web || base.getHost() == null || !plain) {
            throw AdminException.usage("the server's URL is not like https://host:8443");
        }
    }

    static ServerUrl parse(String text) {
        try {
            return new ServerUrl(new URI(text.replaceAll("/+$", "")));
        } catch (URISyntaxException e) {
            throw AdminException.usage("the server's URL is not like https://host:8443: " + e.getReason());
        }
    }

    /** Whether others on the network can read the traffic: plain http to another machine. */
    boolean isPlaintextRemote() {
        return "http".equals(base.getScheme()) && !base.getHost().matches("localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1]");
    }

    URI route(String path) {
        return URI.create(base + "/v1/admin" + path);
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
