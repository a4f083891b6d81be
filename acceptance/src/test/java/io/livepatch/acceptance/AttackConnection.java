package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/** One connection of an attacker. Confined to one virtual thread; interrupting the thread closes the socket. */
final class AttackConnection {
    private static final byte[] NOTHING = {};

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final IntConsumer statuses;
    private final byte[] buffer = new byte[512];
    private Http2Connection http2;

    AttackConnection(Socket socket, IntConsumer statuses) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        this.statuses = statuses;
    }

    void send(String text) throws IOException {
        send(text.getBytes(US_ASCII));
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Counts the status of an answer; false at the end of the connection. */
    boolean readSome() throws IOException {
        int read = in.read(buffer);
        String text = new String(buffer, 0, Math.max(0, read), US_ASCII);
        if (text.startsWith("HTTP/1.1 ") && text.length() >= 12) {
            statuses.accept(Integer.parseInt(text.substring(9, 12)));
        }
        return read >= 0;
    }

    void readToEnd() throws IOException {
        trickle(NOTHING, Duration.ZERO);
    }

    /** Reads to the end, and sends {@code bytes} whenever nothing was received for {@code interval}; zero waits forever. */
    void trickle(byte[] bytes, Duration interval) throws IOException {
        socket.setSoTimeout((int) interval.toMillis());
        boolean open = true;
        while (open) {
            try {
                open = readSome();
            } catch (SocketTimeoutException _) {
                send(bytes);
            }
        }
    }

    void readSlowly() throws IOException {
        socket.setSoTimeout(0);
        while (in.read() >= 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        }
    }

    /** Keeps the connection open and reads nothing, until it is interrupted. */
    void hold() {
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.park(this);
        }
    }

    /** Begins HTTP/2; the server may send {@code window} bytes on each stream. */
    Http2Connection http2(int window) throws IOException {
        http2 = new Http2Connection(socket, window, statuses);
        return http2;
    }

    Http2Connection http2() {
        return http2;
    }
}
