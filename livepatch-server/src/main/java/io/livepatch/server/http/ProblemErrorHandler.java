package io.livepatch.server.http;

import java.util.Set;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty itself refuses (bad syntax, long headers) or could not do, said as a problem. */
final class ProblemErrorHandler implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Problem problem = request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof Throwable failure
                ? Problems.of(failure)
                : Problems.status(response.getStatus(), Set.of());
        Exchange.write(problem, request, response, callback);
        return true;
    }
}
