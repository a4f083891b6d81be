package io.livepatch.server.http;

import io.livepatch.server.http.BodyReader.BodyMemory;
import io.livepatch.storage.AsciiSet;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Receives every request on one of the few connection threads.
 *
 * <pre>
 * Server ── RequestLogger (after the answer: log line, metrics)
 *   └ RequestDispatcher: request id, Connection: close while draining
 *       ├ probe routes: health, metrics, debug                              on that thread, no limit
 *       ├ direct routes: check-in, patch      credentials → body → slot     on that thread, never block
 *       ├ PUT /v1/admin/patches/…             credentials → slot → Jersey   reads the body as it arrives
 *       └ all others                          credentials → body → slot → Jersey
 *
 * Each kind has its own AdmissionControl: check-ins, downloads, uploads, log-ins, others.
 * Deadlines closes connections whose head or body takes too long, or whose peer reads or uploads too slowly.
 * </pre>
 */
final class RequestDispatcher extends Handler.Wrapper {
    /** The name of the connector that answers only probes. */
    static final String PROBES = "probes";

    private static final String UPLOADS = "/v1/admin/patches/";
    private static final String LOGIN = "/v1/admin/login";
    private static final AsciiSet REQUEST_ID = AsciiSet.of("A-Za-z0-9._:-");
    private static final int MAX_REQUEST_ID_LENGTH = 64;

    private final List<DirectRoute> routes;
    private final List<Guard> guards;
    private final Map<DirectRoute, AdmissionControl> routeAdmission = new HashMap<>();
    private final JerseyAdmission admission;
    private final Executor loginThreads;
    private final Exchange.Services services;
    private final String idPrefix =
            Long.toHexString(RandomGenerator.getDefault().nextLong()) + "-";
    private final AtomicLong ids = new AtomicLong();
    private volatile boolean draining;

    /** The limits of the requests that Jersey answers. */
    record JerseyAdmission(AdmissionControl uploads, AdmissionControl logIns, AdmissionControl others) {}

    RequestDispatcher(
            Map<DirectRoute, Optional<AdmissionControl>> routes,
            List<Guard> guards,
            JerseyAdmission admission,
            Executor loginThreads,
            Exchange.Services services,
            Handler jersey) {
        super(jersey);
        this.routes = List.copyOf(routes.keySet());
        routes.forEach((route, control) -> control.ifPresent(it -> routeAdmission.put(route, it)));
        this.guards = List.copyOf(guards);
        this.admission = admission;
        this.loginThreads = loginThreads;
        this.services = services;
    }

    boolean draining() {
        return draining;
    }

    /** Requests to the servlets, which block, are passed to another thread. */
    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /** Adds {@code Connection: close} to every answer from now on, so that few connections are left when the listener closes. */
    void drain() {
        draining = true;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        prepare(request, response);
        Exchange exchange = new Exchange(request, response, callback, services);
        String path = Request.getPathInContext(request);
        boolean probesOnly =
                PROBES.equals(request.getConnectionMetaData().getConnector().getName());
        for (DirectRoute route : routes) {
            Optional<String> parameter = route.path().match(path);
            if (parameter.isPresent() && (route.probe() || !probesOnly)) {
                request.setAttribute(RequestLogger.ROUTE, route.path().text());
                handleDirect(route, exchange, parameter.get());
                return true;
            }
        }
        if (probesOnly) {
            exchange.problem(Problem.probesOnly());
        } else {
            handleGuarded(exchange, path);
        }
        return true;
    }

    private void prepare(Request request, Response response) {
        HttpFields sent = request.getHeaders();
        String id = sent.get(RequestLogger.REQUEST_ID);
        boolean usable = id != null && REQUEST_ID.matches(id, 1, MAX_REQUEST_ID_LENGTH);
        response.getHeaders().put(RequestLogger.REQUEST_ID, usable ? id : idPrefix + ids.incrementAndGet());
        if (draining) {
            response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
        }
    }

    private void handleDirect(DirectRoute route, Exchange exchange, String parameter) {
        if (!route.methods().contains(exchange.request().getMethod())) {
            exchange.problem(Problem.notAllowed(route.methods()));
            return;
        }
        AdmissionControl control = routeAdmission.get(route);
        if (control != null) {
            exchange.useAdmission(control);
        }
        if (!route.readsBody() && BodyReader.announced(exchange.request())) {
            exchange.collectBody(BodyMemory.UNCOUNTED, _ -> run(route, exchange, parameter));
        } else {
            run(route, exchange, parameter);
        }
    }

    private static void run(DirectRoute route, Exchange exchange, String parameter) {
        try {
            route.handle(exchange, parameter);
        } catch (Exception e) {
            exchange.fail(e);
        } catch (Error e) {
            exchange.fail(e);
            throw e;
        }
    }

    private void handleGuarded(Exchange exchange, String path) {
        String method = exchange.request().getMethod();
        for (Guard guard : guards) {
            if (guard.covers(method, path)) {
                guard.check(exchange, () -> admit(exchange, method, path, Exchange.MAX_BODY));
                return;
            }
        }
        // Without credentials a body may use no counted memory.
        admit(exchange, method, path, BodyMemory.UNCOUNTED);
    }

    private void admit(Exchange exchange, String method, String path, int longestBody) {
        if (method.equals("PUT") && path.startsWith(UPLOADS)) {
            admission.uploads.admit(exchange, () -> {
                exchange.enter(TrackedEndPoint.Phase.UPLOAD);
                dispatch(exchange, exchange.request(), exchange.executor());
            });
        } else if (method.equals("POST") && path.equals(LOGIN)) {
            collectAndAdmit(exchange, longestBody, admission.logIns, loginThreads);
        } else {
            collectAndAdmit(exchange, longestBody, admission.others, exchange.executor());
        }
    }

    private void collectAndAdmit(Exchange exchange, int longestBody, AdmissionControl control, Executor threads) {
        Request request = exchange.request();
        if (BodyReader.announced(request)) {
            exchange.collectBody(
                    longestBody,
                    body -> control.admit(
                            exchange, () -> dispatch(exchange, new CollectedRequest(request, body), threads)));
        } else {
            control.admit(exchange, () -> dispatch(exchange, request, threads));
        }
    }

    /** A request whose body was collected in memory. */
    private static final class CollectedRequest extends Request.Wrapper {
        private final Content.Source body;

        CollectedRequest(Request wrapped, byte[] body) {
            super(wrapped);
            this.body = new ByteBufferContentSource(ByteBuffer.wrap(body));
        }

        @Override
        public long getLength() {
            return body.getLength();
        }

        @Override
        public Content.Chunk read() {
            return body.read();
        }

        @Override
        public void demand(Runnable demandCallback) {
            body.demand(demandCallback);
        }
    }

    private void dispatch(Exchange exchange, Request request, Executor threads) {
        try {
            threads.execute(() -> serve(exchange, request));
        } catch (RejectedExecutionException e) {
            exchange.problem(Problem.stopping());
        }
    }

    private void serve(Exchange exchange, Request request) {
        exchange.withOrigin(() -> {
            try {
                if (!super.handle(request, exchange.response(), exchange.callback())) {
                    exchange.problem(Problem.notFound());
                }
            } catch (Exception e) {
                Response.writeError(request, exchange.response(), exchange.callback(), e);
            } catch (Error e) {
                // A request without an answer would keep its slot for ever.
                Response.writeError(request, exchange.response(), exchange.callback(), e);
                throw e;
            }
        });
    }
}
