package io.livepatch.server.auth;

import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The source of the request that the current thread handles, and its user once it is authenticated. */
public final class RequestOrigin {
    /** Bound while credentials are checked and while a resource or filter of Jersey runs. */
    public static final ScopedValue<RequestOrigin> CURRENT = ScopedValue.newInstance();

    private final InetAddress source;
    private final String requestId;
    private volatile @Nullable String user;

    /**
     * @param source the client's address, also behind a trusted proxy
     * @param requestId the value of {@code X-Request-Id} in the answer
     */
    public RequestOrigin(InetAddress source, String requestId) {
        this.source = source;
        this.requestId = requestId;
    }

    /** The origin of the current thread; outside of a request this host, with the id {@code none}. */
    static RequestOrigin current() {
        return CURRENT.isBound() ? CURRENT.get() : new RequestOrigin(InetAddress.getLoopbackAddress(), "none");
    }

    public InetAddress source() {
        return source;
    }

    String requestId() {
        return requestId;
    }

    Optional<String> user() {
        return Optional.ofNullable(user);
    }

    void identify(String administrator) {
        user = administrator;
    }
}
