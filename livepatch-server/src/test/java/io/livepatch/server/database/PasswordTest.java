package io.livepatch.server.database;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.server.config.Dsn;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A process that is not PostgreSQL listens at the database's address and asks for the password. */
final class PasswordTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    /** Request codes of the frontend/backend protocol that the server declines with {@code N}. */
    private static final int SSL_REQUEST = 80877103;

    private static final int GSS_REQUEST = 80877104;
    private static final int CLEARTEXT_PASSWORD = 3;

    private static String dsn(ServerSocket listener, String parameters) {
        return "postgres://livepatch:the-password@127.0.0.1:" + listener.getLocalPort() + "/livepatch" + parameters;
    }

    private static CompletableFuture<String> askForThePassword(ServerSocket listener) {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket client = listener.accept()) {
                client.setSoTimeout((int) TIMEOUT.toMillis());
                DataInputStream in = new DataInputStream(client.getInputStream());
                DataOutputStream out = new DataOutputStream(client.getOutputStream());
                int length = in.readInt();
                int code = in.readInt();
                while (code == SSL_REQUEST || code == GSS_REQUEST) {
                    out.writeByte('N');
                    length = in.readInt();
                    code = in.readInt();
                }
                in.skipNBytes(length - 8L);
                out.writeByte('R');
                out.writeInt(8);
                out.writeInt(CLEARTEXT_PASSWORD);
                return new String(in.readAllBytes(), ISO_8859_1);
            } catch (IOException e) {
                return "the connection failed: " + e;
            }
        });
    }

    @Test
    void doesNotGetIt() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> received = askForThePassword(listener);

            assertThatThrownBy(() -> Database.connect(Dsn.parse(dsn(listener, "")), TIMEOUT))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("requireAuth");
            assertThat(received.join()).doesNotContain("the-password");
        }
    }

    /** Shows what the test above would see without the requirement. */
    @Test
    void getsItWhereTheOperatorAllowsClearText() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> received = askForThePassword(listener);
            Dsn dsn = Dsn.parse(dsn(listener, "?require_auth=password"));

            // The listener waits for more than the password, which this does not send.
            assertThatThrownBy(() -> Database.connect(dsn, Duration.ofSeconds(1)))
                    .isInstanceOf(SQLException.class);
            assertThat(received.join()).contains("the-password");
        }
    }
}
