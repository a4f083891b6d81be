package io.livepatch.server.http;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;

/** Whatever a Jersey resource throws, said as a problem. */
final class ProblemMapper implements ExceptionMapper<Throwable> {
    @Override
    public Response toResponse(Throwable failure) {
        Problem problem = Problems.of(failure);
        Response.ResponseBuilder response =
                Response.status(problem.status()).type(Problem.CONTENT_TYPE).entity(problem.json());
        problem.headers().forEach(response::header);
        return response.build();
    }
}
