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
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * A request and its response. Completed by exactly one of {@link #json}, {@link #text}, {@link #empty}, {@link #problem}, {@link #fail}
 * or {@link #callback}.
 */
public final class Exchange {
    /** Longest body that is collected, in bytes. */
    public static final int MAX_BODY = 64 << 10;

    private static final PreEncodedHttpField JSON =
            new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/json");

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Services services;
    private final @Nullable TrackedEndPoint connection;
    private @Nullable AdmissionControl admission;
    private boolean waitsForBody;
    private boolean bodyEnded;

    /** Shared by all exchanges of a server. */
    record Services(Metrics metrics, ClientAddresses clientAddresses, BodyMemory memory) {}

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

    /** Runs the work with {@link RequestOrigin#CURRENT} bound to the request's source and id. */
    public void withOrigin(Runnable work) {
        RequestOrigin origin =
                new RequestOrigin(source(), String.valueOf(response.getHeaders().get(RequestLogger.REQUEST_ID)));
        ScopedValue.where(RequestOrigin.CURRENT, origin).run(work);
    }

    /** The client's address, also behind a trusted proxy. */
    InetAddress source() {
        return services.clientAddresses.of(request);
    }

    /**
     * The address of this server that the client used, such as {@code https://livepatch.example.com:8443}; empty if it is unknown. A
     * reference that begins with a slash is a URL after it, and is valid without it.
     */
    public String requestedAddress() {
        return services.clientAddresses.requested(request);
    }

    /** Threads for work that blocks. */
    public Executor executor() {
        return request.getComponents().getExecutor();
    }

    /** The connector's few threads, for non-blocking work. */
    public Executor connectionThreads() {
        return request.getConnectionMetaData().getConnector().getExecutor();
    }

    /** Counts a refusal; the caller answers. */
    public void refused(Refusal reason) {
        services.metrics.refused(reason);
    }

    void useAdmission(AdmissionControl control) {
        admission = control;
    }

    void enter(TrackedEndPoint.Phase phase) {
        if (connection != null) {
            connection.enter(phase);
        }
    }

    /**
     * Runs the work when a slot of the route is free, or answers with 503. Call it after the credentials are checked and the body has
     * arrived: a request that waits for its client must not hold a slot.
     */
    public void admit(Runnable work) {
        AdmissionControl control = admission;
        if (control == null) {
            work.run();
        } else {
            control.admit(this, work);
        }
    }

    /**
     * Runs the work; an exception becomes the answer. So does an {@link Error}, which is then rethrown: a request that is never completed
     * would keep its slot for ever.
     */
    public void answerFailures(Runnable work) {
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
     * Collects the body without holding a thread or a slot, then acquires a slot and passes the body on. Answers 413 if the body is too
     * long, 408 if it does not arrive in time.
     */
    public void body(Consumer<byte[]> reader) {
        collectBody(MAX_BODY, body -> admit(() -> reader.accept(body)));
    }

    /** Collects the body like {@link #body}, without a slot. */
    void collectBody(int limit, Consumer<byte[]> reader) {
        new BodyReader(this, limit, reader).run();
    }

    /** Starts the deadline of the body, at the first call. */
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

    /** Reserves memory for the body until the request is completed. */
    void reserveBodyMemory(int bytes) {
        if (!services.memory.reserve(bytes)) {
            refused(Refusal.BODY_MEMORY);
            throw new ProblemException.Unavailable("the memory of this unit for request bodies is in use");
        }
        Request.addCompletionListener(request, _ -> services.memory.release(bytes));
    }

    public void json(int status, byte[] body) {
        response.setStatus(status);
        response.getHeaders().put(JSON);
        write(body);
    }

    public void text(int status, String contentType, String body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        write(body.getBytes(StandardCharsets.UTF_8));
    }

    public void empty(int status) {
        response.setStatus(status);
        response.write(true, null, callback);
    }

    /** Answers with the problem of this failure. */
    public void fail(Throwable failure) {
        problem(Problem.of(failure));
    }

    /** Answers with a problem after the rest of the request's body is read and dropped. */
    public void problem(Problem problem) {
        if (response.isCommitted()) {
            callback.failed(new IllegalStateException(problem.detail()));
        } else if (bodyEnded || !BodyReader.announced(request)) {
            write(problem, request, response, callback);
        } else if (request.getHeaders().contains(HttpHeader.EXPECT)) {
            // The client waits for 100 Continue, so it has not sent its body.
            response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
            write(problem, request, response, callback);
        } else {
            BodyReader.discard(this, () -> write(problem, request, response, callback));
        }
    }

    /** Jetty's handler of requests that it refuses (bad syntax, long headers) or that failed in a servlet. */
    static boolean handleError(Request request, Response response, Callback callback) {
        Problem problem = request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof Throwable failure
                ? Problem.of(failure)
                : Problem.ofStatus(response.getStatus(), Set.of());
        write(problem, request, response, callback);
        return true;
    }

    /** Answers with a problem without reading the request's body. */
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
