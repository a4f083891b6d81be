package io.livepatch.server.auth;

import java.net.InetAddress;

/**
 * Where the request comes from that the current thread checks or answers.
 *
 * @param source the client's address, also behind a trusted proxy
 * @param requestId the value of {@code X-Request-Id} in the answer
 */
public record RequestOrigin(InetAddress source, String requestId) {
    /** Bound while credentials are checked and while a resource or filter of Jersey runs. */
    public static final ScopedValue<RequestOrigin> CURRENT = ScopedValue.newInstance();

    private static final RequestOrigin NONE = new RequestOrigin(InetAddress.getLoopbackAddress(), "none");

    /** That of the current thread; outside of a request it is this host, with the id {@code none}. */
    static RequestOrigin current() {
        return CURRENT.orElse(NONE);
    }
}
