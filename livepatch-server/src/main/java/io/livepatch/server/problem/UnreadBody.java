package io.livepatch.server.problem;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drains the body of a refused request. If the server closes the connection while the client sends, the client gets a reset instead of the
 * answer, or its next request fails.
 */
public final class UnreadBody {
    /** At least the limit of JSON bodies. */
    public static final long SMALL = 64L << 10;

    private static final Logger LOG = LoggerFactory.getLogger(UnreadBody.class);
    private static final int BUFFER = 8 << 10;

    // Limits how long a client that sends slowly can occupy a thread, up to one more read.
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** An administrator's upload of 64 MiB at 20 Mbit/s takes 27 s. */
    private static final Duration UPLOAD_TIMEOUT = Duration.ofSeconds(30);

    private UnreadBody() {}

    /**
     * Reads until the end, {@code limit} bytes, or a timeout.
     *
     * @param expect the header {@code Expect}: a client that waits for 100 Continue has not sent its body, and reading would request it
     */
    public static void discard(InputStream body, @Nullable String expect, long limit) {
        if (expect == null) {
            read(body, limit, TIMEOUT);
        }
    }

    /**
     * Reads the rest of a refused upload whose client sends already. The JDK's HTTP client and many others read the answer only after they
     * have sent the whole body. For authenticated clients only: it reads up to {@code limit} bytes for up to 30 s.
     */
    public static void discardUpload(InputStream body, long limit) {
        read(body, limit, UPLOAD_TIMEOUT);
    }

    private static void read(InputStream body, long limit, Duration timeout) {
        try {
            byte[] buffer = new byte[BUFFER];
            long left = limit;
            long began = System.nanoTime();
            for (int read = 0; read >= 0 && left > 0 && System.nanoTime() - began < timeout.toNanos(); left -= read) {
                read = body.read(buffer);
            }
        } catch (IOException e) {
            LOG.debug("a refused client closed its connection", e);
        }
    }
}
