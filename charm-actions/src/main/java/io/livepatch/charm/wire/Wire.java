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

/** One connection: JSON values, one a line. */
public final class Wire implements AutoCloseable {
    /** Kebab-case, as everywhere that an operator looks. */
    public static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .build();

    private final SocketChannel channel;
    private final BufferedReader reader;
    private final BufferedWriter writer;

    public Wire(SocketChannel channel) {
        this.channel = channel;
        this.reader = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        this.writer = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
    }

    public synchronized void send(Object value) throws IOException {
        writer.write(JSON.writeValueAsString(value));
        writer.write('\n');
        writer.flush();
    }

    /** The next value; empty when the other side has hung up. */
    public <T> Optional<T> receive(Class<T> type) throws IOException {
        String line = reader.readLine();
        return line == null ? Optional.empty() : Optional.of(JSON.readValue(line, type));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
