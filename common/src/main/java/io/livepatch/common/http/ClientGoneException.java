package io.livepatch.common.http;

/** A handler stopped because its client has closed the connection; no response is sent. */
public final class ClientGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClientGoneException() {
        super("the client has closed the connection");
    }
}
