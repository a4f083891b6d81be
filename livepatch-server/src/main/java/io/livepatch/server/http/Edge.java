package io.livepatch.server.http;

import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.AsciiSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Where every request comes in, on one of the few threads that serve connections.
 *
 * <pre>
 * Server ── RequestLines (after the answer: log line, metrics)
 *   └ Edge: request id, Connection: close while draining
 *       ├ probe routes: health, metrics, debug                    on that thread, always
 *       └ Governor: concurrency-limit at work, burst-limit waiting, else 503 + Retry-After
 *           ├ hot routes: check-in, patch bytes                   on that thread, never block
 *           └ Governor: as many as there are threads for it
 *               └ ServletContextHandler ── Jersey                 on the pool's threads
 * </pre>
 */
final class Edge extends Handler.Wrapper {
    /** The name of the connector that answers probes and nothing else. */
    static final String PROBES = "probes";

    private static final AsciiSet REQUEST_ID = AsciiSet.of("A-Za-z0-9._:-");
    private static final int LONGEST_REQUEST_ID = 64;

    private final List<HotRoute> routes;
    private final Governor all;
    private final Governor blocking;
    private final Metrics metrics;
    private final String idPrefix =
            Long.toHexString(RandomGenerator.getDefault().nextLong()) + "-";
    private final AtomicLong ids = new AtomicLong();
    private volatile boolean draining;

    Edge(List<HotRoute> routes, Governor all, Governor blocking, Metrics metrics, Handler jersey) {
        super(jersey);
        this.routes = List.copyOf(routes);
        this.all = all;
        this.blocking = blocking;
        this.metrics = metrics;
    }

    boolean draining() {
        return draining;
    }

    /** Not the servlets' type: they are reached over a thread of the pool. */
    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /** From now on every answer asks for its connection to be closed, so that few are left when the listener goes. */
    void drain() {
        draining = true;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        prepare(request, response);
        Exchange exchange = new Exchange(request, response, callback);
        String path = Request.getPathInContext(request);
        boolean probesOnly =
                PROBES.equals(request.getConnectionMetaData().getConnector().getName());
        for (HotRoute route : routes) {
            Optional<String> parameter = route.path().match(path);
            if (parameter.isPresent() && (route.probe() || !probesOnly)) {
                request.setAttribute(RequestLines.ROUTE, route.path().text());
                hot(route, exchange, parameter.get());
                return true;
            }
        }
        if (probesOnly) {
            exchange.problem(Problems.notAProbe());
            return true;
        }
        govern(exchange, () -> blocking.admit(() -> dispatch(exchange), exchange.connectionThreads()));
        return true;
    }

    private void prepare(Request request, Response response) {
        HttpFields sent = request.getHeaders();
        String id = sent.get(RequestLines.REQUEST_ID);
        boolean usable = id != null && REQUEST_ID.makes(id, 1, LONGEST_REQUEST_ID);
        response.getHeaders().put(RequestLines.REQUEST_ID, usable ? id : idPrefix + ids.incrementAndGet());
        if (draining) {
            response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
        }
    }

    private void hot(HotRoute route, Exchange exchange, String parameter) {
        if (!route.methods().contains(exchange.request().getMethod())) {
            exchange.problem(Problems.notAllowed(route.methods()));
        } else if (route.probe()) {
            run(route, exchange, parameter);
        } else {
            govern(exchange, () -> run(route, exchange, parameter));
        }
    }

    private static void run(HotRoute route, Exchange exchange, String parameter) {
        try {
            route.handle(exchange, parameter);
        } catch (Exception e) {
            exchange.fail(e);
        }
    }

    private void govern(Exchange exchange, Runnable work) {
        boolean admitted = all.admit(
                () -> {
                    Request.addCompletionListener(exchange.request(), _ -> all.release());
                    work.run();
                },
                exchange.connectionThreads());
        if (!admitted) {
            metrics.overload();
            exchange.fail(new ProblemException.Unavailable(
                    "this unit has more requests than it may take at once (server.concurrency-limit)"));
        }
    }

    private void dispatch(Exchange exchange) {
        Request.addCompletionListener(exchange.request(), _ -> blocking.release());
        exchange.executor().execute(() -> serve(exchange));
    }

    private void serve(Exchange exchange) {
        try {
            if (!super.handle(exchange.request(), exchange.response(), exchange.callback())) {
                exchange.problem(Problems.notFound());
            }
        } catch (Exception e) {
            Response.writeError(exchange.request(), exchange.response(), exchange.callback(), e);
        }
    }
}
