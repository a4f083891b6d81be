package io.livepatch.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Sends HTTP requests with arbitrary headers, including those that the JDK's client refuses to send. */
public final class RawHttpClient {
    private static final int TIMEOUT_MILLIS = 60_000;

    private final InetSocketAddress address;

    public RawHttpClient(InetSocketAddress address) {
        this.address = address;
    }

    /** The whole response. */
    public String request(String requestLine, String... headers) throws IOException {
        try (Socket socket = open(requestLine, headers)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Waits for the first line only. */
    public int status(String requestLine, String... headers) throws IOException {
        try (Socket socket = open(requestLine, headers);
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            return Integer.parseInt(reader.readLine().split(" ", 3)[1]);
        }
    }

    /** A connection on which a request was sent and no response was read. */
    public Socket open(String requestLine, String... headers) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        StringBuilder text = new StringBuilder(requestLine + " HTTP/1.1\r\nConnection: close\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        socket.getOutputStream().write(text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        return socket;
    }
}
