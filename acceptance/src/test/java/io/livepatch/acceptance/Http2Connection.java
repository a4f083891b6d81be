package io.livepatch.acceptance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * A minimal HTTP/2 client (RFC 9113) for attacks: it obeys the server's flow control and never enlarges its own windows. Header
 * fields are sent as literals; of responses it decodes the status only. Not thread-safe.
 */
final class Http2Connection {
    static final int DEFAULT_WINDOW = 65_535;

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int CANCEL = 8;
    private static final int CHUNK = 8_000;
    private static final int TIMEOUT_MILLIS = 5_000;
    // Entries of the static table with a complete status, RFC 7541 appendix A.
    private static final Map<Integer, Integer> INDEXED_STATUS =
            Map.of(0x88, 200, 0x89, 204, 0x8a, 206, 0x8b, 304, 0x8c, 400, 0x8d, 404, 0x8e, 500);

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final IntConsumer statuses;
    private final Set<Integer> posting = new LinkedHashSet<>();
    private Post post = new Post("", 0, 0);
    private int next = 1;
    private long window = DEFAULT_WINDOW;

    private record Post(String path, int length, int first) {}

    Http2Connection(Socket socket, int initialWindow, IntConsumer statuses) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
        this.statuses = statuses;
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
        byte[] setting = new byte[6];
        setting[1] = INITIAL_WINDOW_SIZE;
        System.arraycopy(bytes(initialWindow), 0, setting, 2, 4);
        frame(SETTINGS, 0, 0, setting);
        out.flush();
    }

    /** Begins POSTs whose bodies do not end. */
    void postSlowly(int streams, String path, int length, int first) throws IOException {
        post = new Post(path, length, first);
        for (int i = 0; i < streams; i++) {
            postSlowly();
        }
    }

    private void postSlowly() throws IOException {
        int stream = request("POST", post.path, List.of("content-length", String.valueOf(post.length)), 0);
        posting.add(stream);
        for (int sent = 0; sent < post.first && posting.contains(stream); sent += CHUNK) {
            data(stream, Math.min(CHUNK, post.first - sent));
        }
        out.flush();
    }

    /** Sends a byte on each stream whenever nothing was received for {@code interval}, and replaces each closed stream. */
    void trickle(Duration interval) throws IOException {
        int streams = posting.size();
        boolean open = true;
        while (open) {
            socket.setSoTimeout((int) interval.toMillis());
            try {
                open = readFrame();
            } catch (SocketTimeoutException _) {
                for (int stream : List.copyOf(posting)) {
                    data(stream, 1);
                }
                for (int missing = streams - posting.size(); missing > 0; missing--) {
                    postSlowly();
                }
                out.flush();
            }
        }
    }

    /** Requests the same path on each stream. */
    void get(int streams, String path) throws IOException {
        for (int i = 0; i < streams; i++) {
            request("GET", path, List.of(), END_STREAM);
        }
        out.flush();
    }

    /** Requests the path on one stream after the other and resets each at once. */
    void requestAndReset(int streams, String path) throws IOException {
        for (int i = 0; i < streams; i++) {
            frame(RST_STREAM, 0, request("GET", path, List.of(), END_STREAM), bytes(CANCEL));
            if (i % 50 == 49) {
                out.flush();
                while (socket.getInputStream().available() > 0 && readFrame()) {}
            }
        }
        out.flush();
    }

    void readToEnd() throws IOException {
        socket.setSoTimeout(0);
        while (readFrame()) {}
    }

    private int request(String method, String path, List<String> fields, int flags) throws IOException {
        int stream = next;
        next += 2;
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        field(block, ":method", method);
        field(block, ":scheme", "https");
        field(block, ":authority", "livepatch.example");
        field(block, ":path", path);
        field(block, "content-type", "application/json");
        for (int i = 0; i < fields.size(); i += 2) {
            field(block, fields.get(i), fields.get(i + 1));
        }
        frame(HEADERS, flags | END_HEADERS, stream, block.toByteArray());
        return stream;
    }

    /** Sends DATA when the connection's window allows it; skips the frame when the window does not open in time. */
    private void data(int stream, int length) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        out.flush();
        try {
            while (window < length && posting.contains(stream)) {
                if (!readFrame()) {
                    throw new IOException("the server closed the connection");
                }
            }
        } catch (SocketTimeoutException _) {
            return;
        }
        if (posting.contains(stream)) {
            window -= length;
            byte[] spaces = new byte[length];
            Arrays.fill(spaces, (byte) ' ');
            frame(DATA, 0, stream, spaces);
        }
    }

    /** False at the end of the connection. A time-out is thrown between two frames only. */
    private boolean readFrame() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        int before = socket.getSoTimeout();
        socket.setSoTimeout(0);
        int length = first << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length);
        socket.setSoTimeout(before);
        answer(type, flags, stream, payload);
        return type != GOAWAY;
    }

    private void answer(int type, int flags, int stream, byte[] payload) throws IOException {
        if (type == HEADERS) {
            statuses.accept(status(payload));
        }
        if (type == RST_STREAM || ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0)) {
            posting.remove(stream);
        } else if (type == WINDOW_UPDATE && stream == 0) {
            window += (payload[0] & 0x7f) << 24
                    | (payload[1] & 0xff) << 16
                    | (payload[2] & 0xff) << 8
                    | (payload[3] & 0xff);
        } else if ((type == SETTINGS || type == PING) && (flags & ACK) == 0) {
            frame(type, ACK, 0, type == PING ? payload : new byte[0]);
            out.flush();
        }
    }

    private static int status(byte[] block) {
        int at = 0;
        // Dynamic table size updates may precede it.
        while ((block[at] & 0xe0) == 0x20) {
            at++;
        }
        Integer indexed = INDEXED_STATUS.get(block[at] & 0xff);
        return indexed != null ? indexed : Integer.parseInt(new String(block, at + 2, 3, US_ASCII));
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        out.writeByte(payload.length >> 16);
        out.writeShort(payload.length);
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(stream);
        out.write(payload);
    }

    private static void field(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        string(block, name);
        string(block, value);
    }

    private static void string(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(US_ASCII);
        if (bytes.length < 127) {
            block.write(bytes.length);
        } else {
            block.write(127);
            int rest = bytes.length - 127;
            while (rest >= 128) {
                block.write(rest % 128 + 128);
                rest /= 128;
            }
            block.write(rest);
        }
        block.writeBytes(bytes);
    }

    private static byte[] bytes(int number) {
        return new byte[] {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number};
    }
}
