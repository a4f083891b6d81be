package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One connection through a {@link FaultProxy}: two directions, each with its own thread. */
final class FaultyConnection {
    private static final int BUFFER = 16 * 1024;
    private static final int PIECES_PER_SECOND = 20;
    private static final Pattern REQUEST =
            Pattern.compile("\\A((?:GET|HEAD|PUT|POST|DELETE|OPTIONS|PATCH) \\S+) HTTP/1\\.[01]\\r\\n");

    private final Socket client;
    private final Socket server;
    private final FaultSwitch faults;
    private final AnswerPosition answer = new AnswerPosition();
    private volatile String line = "";
    private long request;

    FaultyConnection(Socket client, Socket server, FaultSwitch faults) {
        this.client = client;
        this.server = server;
        this.faults = faults;
    }

    void start(Executor threads) {
        threads.execute(() -> pump(client, server, this::up));
        threads.execute(() -> pump(server, client, this::down));
    }

    private interface Direction {
        /** Forwards bytes, and returns whether the connection stays open. */
        boolean pass(byte[] bytes, int length, OutputStream target) throws IOException, InterruptedException;
    }

    private void pump(Socket from, Socket to, Direction direction) {
        byte[] buffer = new byte[BUFFER];
        try (from;
                to;
                InputStream source = from.getInputStream();
                OutputStream target = to.getOutputStream()) {
            int read = source.read(buffer);
            while (read >= 0 && direction.pass(buffer, read, target)) {
                read = source.read(buffer);
            }
        } catch (IOException e) {
            // One side is gone; so is the other, now.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean up(byte[] bytes, int length, OutputStream target) throws IOException, InterruptedException {
        Fault fault = faults.awaitFlow();
        countRequest(bytes, length);
        long before = request;
        request += length;
        if (fault instanceof Fault.CutRequests(long after) && request > after) {
            target.write(bytes, 0, (int) Math.max(0, after - before));
            return false;
        }
        write(fault, bytes, length, target);
        return true;
    }

    private void countRequest(byte[] bytes, int length) {
        Matcher matcher = REQUEST.matcher(new String(bytes, 0, length, ISO_8859_1));
        if (matcher.find()) {
            line = matcher.group(1);
            faults.requested(line);
            request = 0;
            synchronized (answer) {
                answer.expectHead();
            }
        }
    }

    private boolean down(byte[] bytes, int length, OutputStream target) throws IOException, InterruptedException {
        Fault fault = faults.awaitFlow();
        if (fault instanceof Fault.LoseAnswer(var lost) && lost.test(line) && faults.replace(fault, new Fault.Pass())) {
            return false;
        }
        long before;
        int head;
        synchronized (answer) {
            before = answer.body();
            head = answer.advance(bytes, length);
        }
        // A head begins a new answer and its body.
        long start = head > 0 ? 0 : before;
        int body = length - head;
        if (fault instanceof Fault.CutAnswers(long after) && start + body > after) {
            target.write(bytes, 0, head + (int) Math.max(0, after - start));
            return false;
        }
        if (fault instanceof Fault.Corrupt(long position) && start <= position && position < start + body) {
            bytes[head + (int) (position - start)] ^= 0x55;
        }
        write(fault, bytes, length, target);
        return true;
    }

    private static void write(Fault fault, byte[] bytes, int length, OutputStream target)
            throws IOException, InterruptedException {
        int piece = fault instanceof Fault.Slow(long rate) ? Math.clamp(rate / PIECES_PER_SECOND, 1, BUFFER) : length;
        for (int at = 0; at < length; at += piece) {
            target.write(bytes, at, Math.min(piece, length - at));
            if (fault instanceof Fault.Slow) {
                // The fault itself, not a wait for a condition.
                Thread.sleep(1000 / PIECES_PER_SECOND);
            }
        }
    }
}
