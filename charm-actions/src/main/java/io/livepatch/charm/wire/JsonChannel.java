package io.livepatch.charm.wire;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** A connection that carries JSON values, one a line. */
public final class JsonChannel implements AutoCloseable {
    /** With keys in kebab-case, because operators see them. */
    public static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .build();

    /**
     * The maximum length of a request: four times the longest value of an option ({@code CharmOption.MAX_VALUE_BYTES}), for
     * several options and the characters that JSON adds. The controller's memory is small.
     */
    public static final int MAX_REQUEST_CHARACTERS = 4 << 20;

    private final SocketChannel channel;
    private final BufferedReader reader;
    private final BufferedWriter writer;
    private final int maxLength;

    /** A connection without a limit of the values' length. */
    public JsonChannel(SocketChannel channel) {
        this(channel, Integer.MAX_VALUE);
    }

    /**
     * A connection with a limit.
     *
     * @param maxLength maximum characters of a received value
     */
    public JsonChannel(SocketChannel channel, int maxLength) {
        this.channel = channel;
        this.maxLength = maxLength;
        this.reader = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        this.writer = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
    }

    public synchronized void send(Object value) throws IOException {
        writer.write(JSON.writeValueAsString(value));
        writer.write('\n');
        writer.flush();
    }

    /**
     * The next value; empty if the other side has closed the connection.
     *
     * @throws TooLong if it exceeds the limit; the rest of it has been discarded
     */
    public <T> Optional<T> receive(Class<T> type) throws IOException {
        StringBuilder line = new StringBuilder();
        long length = 0;
        int next = reader.read();
        while (next >= 0 && next != '\n') {
            length++;
            if (length <= maxLength) {
                line.append((char) next);
            }
            next = reader.read();
        }
        if (length > maxLength) {
            throw new TooLong(length, maxLength);
        }
        return next < 0 ? Optional.empty() : Optional.of(JSON.readValue(line.toString(), type));
    }

    /** A received value exceeds the limit. */
    public static final class TooLong extends IOException {
        private static final long serialVersionUID = 1L;

        TooLong(long length, int maxLength) {
            super("the request has " + length + " characters and may have " + maxLength
                    + ": give values of 1 MiB at most, and less of them in one command");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
