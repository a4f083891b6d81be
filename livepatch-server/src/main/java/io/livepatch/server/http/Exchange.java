package io.livepatch.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * One request at work on a hot route. Ended by exactly one of {@link #json}, {@link #text}, {@link #empty}, {@link #problem},
 * {@link #fail} or, for bytes that Jetty sends, by its callback.
 */
public final class Exchange {
    /** Longest body of JSON that is read. */
    public static final int MAX_BODY = 64 << 10;

    private static final PreEncodedHttpField JSON =
            new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/json");

    private final Request request;
    private final Response response;
    private final Callback callback;

    Exchange(Request request, Response response, Callback callback) {
        this.request = request;
        this.response = response;
        this.callback = callback;
    }

    public Request request() {
        return request;
    }

    public Response response() {
        return response;
    }

    public Callback callback() {
        return callback;
    }

    /** The value of a header, if it was sent. */
    public Optional<String> header(HttpHeader name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    /** Threads for work that blocks. */
    public Executor executor() {
        return request.getComponents().getExecutor();
    }

    /** The few threads that serve connections: for what goes on after somebody else's work, and never for work that blocks. */
    public Executor connectionThreads() {
        return request.getConnectionMetaData().getConnector().getExecutor();
    }

    /** Reads the whole body, without holding a thread, and passes it on; one that is too long is answered with 413. */
    public void body(Consumer<byte[]> reader) {
        new BodyReader(this, MAX_BODY, reader).run();
    }

    /** Answers with JSON. */
    public void json(int status, byte[] body) {
        response.setStatus(status);
        response.getHeaders().put(JSON);
        write(body);
    }

    /** Answers with text of this type. */
    public void text(int status, String contentType, String body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        write(body.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers without a body. */
    public void empty(int status) {
        response.setStatus(status);
        response.write(true, null, callback);
    }

    /** Answers with what this failure means. */
    public void fail(Throwable failure) {
        problem(Problems.of(failure));
    }

    /** Answers with a problem. */
    public void problem(Problem problem) {
        if (response.isCommitted()) {
            callback.failed(new IllegalStateException(problem.detail()));
            return;
        }
        response.setStatus(problem.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        problem.headers().forEach(response.getHeaders()::put);
        write(problem.json());
    }

    private void write(byte[] body) {
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, "HEAD".equals(request.getMethod()) ? null : ByteBuffer.wrap(body), callback);
    }
}
