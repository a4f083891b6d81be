package io.livepatch.supervisor.admin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Speaks HTTP by hand, to say what a well-behaved client would not. */
final class Wire {

    private static final int PATIENCE_MILLIS = 60_000;

    private final InetSocketAddress address;

    Wire(InetSocketAddress address) {
        this.address = address;
    }

    /** The whole answer, to a request with these header lines. */
    String ask(String requestLine, String... headers) throws IOException {
        try (Socket socket = open(requestLine, headers)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Does not wait for more than the first line. */
    int status(String requestLine, String... headers) throws IOException {
        try (Socket socket = open(requestLine, headers);
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            return Integer.parseInt(reader.readLine().split(" ", 3)[1]);
        }
    }

    /** A request that was sent, whose answer nobody has read yet. */
    Socket open(String requestLine, String... headers) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        StringBuilder text = new StringBuilder(requestLine + " HTTP/1.1\r\nConnection: close\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        socket.getOutputStream().write(text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        return socket;
    }
}
