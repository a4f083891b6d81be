package io.livepatch.server.http;

import io.livepatch.server.auth.RequestOrigin;
import io.livepatch.server.http.BodyReader.BodyMemory;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

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
    private final Services services;
    private final @Nullable TrackedEndPoint connection;
    private @Nullable ConcurrencyLimiter slots;
    private boolean waitsForBody;
    private boolean bodyEnded;

    /** What all exchanges of a server share. */
    record Services(Metrics metrics, Sources sources, BodyMemory memory) {}

    Exchange(Request request, Response response, Callback callback, Services services) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.services = services;
        this.connection = TrackedEndPoint.of(request);
        enter(TrackedEndPoint.Phase.RESPONSE);
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

    /** Runs this with {@link RequestOrigin#CURRENT} bound to the request's source and id. */
    public void withOrigin(Runnable work) {
        RequestOrigin origin =
                new RequestOrigin(source(), String.valueOf(response.getHeaders().get(RequestLogger.REQUEST_ID)));
        ScopedValue.where(RequestOrigin.CURRENT, origin).run(work);
    }

    /** The client's address, also behind a trusted proxy. */
    InetAddress source() {
        return services.sources.of(request);
    }

    /** Threads for work that blocks. */
    public Executor executor() {
        return request.getComponents().getExecutor();
    }

    /** The connector's few threads, for non-blocking continuation after another thread has finished its part. */
    public Executor connectionThreads() {
        return request.getConnectionMetaData().getConnector().getExecutor();
    }

    /** Counts a refusal; the caller answers. */
    public void refused(Refusal reason) {
        services.metrics.refused(reason);
    }

    void useSlots(ConcurrencyLimiter kind) {
        slots = kind;
    }

    void enter(TrackedEndPoint.Phase phase) {
        if (connection != null) {
            connection.enter(phase);
        }
    }

    /**
     * Runs the work once one of the route's slots is free, or answers with 503. To be called when the credentials of the request
     * are known to be good and its body is here: a request that still waits for its client must not hold a slot.
     */
    public void admit(Runnable work) {
        ConcurrencyLimiter kind = slots;
        if (kind == null) {
            work.run();
        } else {
            kind.admit(this, work);
        }
    }

    /**
     * Runs the work and answers with what it throws. An {@link Error} is answered as well, since a request that is never completed
     * keeps its slot for ever, and then thrown again.
     */
    public void answering(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            fail(e);
        } catch (Error e) {
            fail(e);
            throw e;
        }
    }

    /**
     * Reads the whole body, without holding a thread or a slot, then takes a slot and passes the body on. One that is too long
     * is answered with 413, one that does not arrive in time with 408.
     */
    public void body(Consumer<byte[]> reader) {
        collectBody(MAX_BODY, body -> admit(() -> reader.accept(body)));
    }

    /** Reads the whole body like {@link #body} and takes no slot. */
    void collectBody(int limit, Consumer<byte[]> reader) {
        new BodyReader(this, limit, reader).run();
    }

    /** The body has not arrived in full: its deadline holds from the first time that this is called. */
    void waitForBody() {
        if (!waitsForBody) {
            waitsForBody = true;
            enter(TrackedEndPoint.Phase.BODY);
        }
    }

    void bodyEnded() {
        bodyEnded = true;
        if (waitsForBody) {
            waitsForBody = false;
            enter(TrackedEndPoint.Phase.RESPONSE);
        }
    }

    /** Takes memory for the body until the request is answered. */
    void takeBodyMemory(int bytes) {
        if (!services.memory.take(bytes)) {
            refused(Refusal.BODY_MEMORY);
            throw new ProblemException.Unavailable("this unit waits for more bodies than it may keep in memory");
        }
        Request.addCompletionListener(request, _ -> services.memory.giveBack(bytes));
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

    /** Answers with a problem, once the rest of the request's body is read and dropped. */
    public void problem(Problem problem) {
        if (response.isCommitted()) {
            callback.failed(new IllegalStateException(problem.detail()));
        } else if (bodyEnded || !BodyReader.announced(request)) {
            write(problem, request, response, callback);
        } else if (request.getHeaders().contains(HttpHeader.EXPECT)) {
            // The client waits for 100 Continue before it sends its body; now it will not send it.
            response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
            write(problem, request, response, callback);
        } else {
            BodyReader.discard(this, () -> write(problem, request, response, callback));
        }
    }

    /** Answers with a problem and leaves the request's body alone. */
    static void write(Problem problem, Request request, Response response, Callback callback) {
        response.setStatus(problem.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        problem.headers().forEach(response.getHeaders()::put);
        write(problem.json(), request, response, callback);
    }

    private void write(byte[] body) {
        write(body, request, response, callback);
    }

    private static void write(byte[] body, Request request, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, "HEAD".equals(request.getMethod()) ? null : ByteBuffer.wrap(body), callback);
    }
}
