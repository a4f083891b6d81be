package io.livepatch.server.http;

import io.livepatch.server.problem.ProblemException;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Bounds what a Jersey resource reads, but for the upload of patches, which counts for itself while it streams. */
final class BodyLimit implements ContainerRequestFilter {
    private static final String UPLOADS = "v1/admin/patches/";

    @Override
    public void filter(ContainerRequestContext request) {
        boolean upload = request.getMethod().equals(HttpMethod.PUT)
                && request.getUriInfo().getPath().startsWith(UPLOADS);
        if (upload) {
            return;
        }
        if (request.getLength() > Exchange.MAX_BODY) {
            throw tooLarge();
        }
        request.setEntityStream(new Bounded(request.getEntityStream()));
    }

    private static ProblemException tooLarge() {
        return new ProblemException.TooLarge(
                "the body is longer than the " + Exchange.MAX_BODY + " bytes that this route reads");
    }

    private static final class Bounded extends FilterInputStream {
        private int left = Exchange.MAX_BODY;

        Bounded(InputStream source) {
            super(source);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            count(Math.max(read, 0));
            return read;
        }

        private void count(int read) {
            left -= read;
            if (left < 0) {
                throw tooLarge();
            }
        }
    }
}
