package io.livepatch.server.problem;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a sender still sends when it is refused. A connection that is closed meanwhile is reset, and the sender sees that instead of the
 * answer; or it takes the connection for a good one, and its next request fails. So a little is read and thrown away first.
 */
public final class UnreadBody {
    /** Holds every body of JSON that is read at all. */
    public static final long SMALL = 64L << 10;

    private static final Logger LOG = LoggerFactory.getLogger(UnreadBody.class);
    private static final int BUFFER = 8 << 10;

    // A client that sends bytes slowly, to keep a thread busy, gets no more than this and one read.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Of an administrator's upload: 64 MiB at 20 Mbit/s take 27 s. */
    private static final Duration UPLOAD_PATIENCE = Duration.ofSeconds(30);

    private UnreadBody() {}

    /**
     * Reads on until the end, or this many bytes, or until it takes too long.
     *
     * @param expect the request's header {@code Expect}: who asked whether to send has not sent, and reading would tell it to
     */
    public static void swallow(InputStream body, @Nullable String expect, long most) {
        if (expect == null) {
            read(body, most, PATIENCE);
        }
    }

    /**
     * Reads the rest of an upload that is refused after its sender was told to go on (100 Continue, or nothing was expected). The JDK's
     * HTTP client and many others read the answer only after they have sent the whole body, so a connection that is closed earlier shows
     * them a reset instead of the answer. Use it for authenticated senders only: it reads up to {@code most} bytes for up to 30 s.
     */
    public static void swallowUpload(InputStream body, long most) {
        read(body, most, UPLOAD_PATIENCE);
    }

    private static void read(InputStream body, long most, Duration patience) {
        try {
            byte[] buffer = new byte[BUFFER];
            long left = most;
            long began = System.nanoTime();
            for (int read = 0; read >= 0 && left > 0 && System.nanoTime() - began < patience.toNanos(); left -= read) {
                read = body.read(buffer);
            }
        } catch (IOException e) {
            LOG.debug("a sender that was refused broke off", e);
        }
    }
}
