package io.livepatch.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;

/** HTTP/1.1 on one connection, without the retries and the pool of a real client, which would hide failures. */
public final class RawClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final Socket socket = new Socket();
    private final InputStream in;

    public RawClient(int port) throws IOException {
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Math.toIntExact(TIMEOUT.toMillis()));
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Math.toIntExact(TIMEOUT.toMillis()));
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** An answer, and whether it is the last on its connection. */
    public record Answer(int status, boolean last, String body) {}

    /** Sends a request and reads the answer. */
    public Answer ask(String request) throws IOException {
        send(request);
        return answer();
    }

    public void send(String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(UTF_8));
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** A request with headers as they stand and a body. */
    public static String request(String line, String headers, String body) {
        return line + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    public Answer answer() throws IOException {
        String head = head();
        String folded = head.toLowerCase(Locale.ROOT);
        int at = folded.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(folded.substring(at + 16, folded.indexOf("\r\n", at)));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the answer ended after " + body.length + " of " + length + " bytes");
        }
        return new Answer(
                Integer.parseInt(head.substring(9, 12)),
                folded.contains("\r\nconnection: close\r\n"),
                new String(body, ISO_8859_1));
    }

    private String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int read = in.read();
            if (read < 0) {
                throw new EOFException("closed without an answer");
            }
            head.write(read);
        }
        return head.toString(ISO_8859_1);
    }

    /** Reads to the end of the connection. */
    public byte[] rest() throws IOException {
        return in.readAllBytes();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
