package io.livepatch.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The keepalive timer of a TCP connection, as the kernel shows it. */
public final class KeepaliveTimer {
    private KeepaliveTimer() {}

    /** The local port of a connection to PostgreSQL. */
    public static int localPort(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet port = statement.executeQuery("select inet_client_port()")) {
            port.next();
            return port.getInt(1);
        }
    }

    /** The hundredths of a second until the next probe; the largest number if the connection has no such timer. */
    public static long of(int localPort) throws IOException {
        String local = ":%04X".formatted(localPort);
        List<String> connections = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
        connections.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
        return connections.stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(fields -> fields[1].endsWith(local) && fields[5].startsWith("02:"))
                .mapToLong(fields -> Long.parseLong(fields[5].substring(3), 16))
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }
}
