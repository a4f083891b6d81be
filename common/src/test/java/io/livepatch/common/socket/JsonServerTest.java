package io.livepatch.common.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class JsonServerTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private Path socket;
    private JsonServer server;

    /** Sends back what it gets, except for "nothing". */
    private static final class Echo implements JsonServer.Handler {
        @Override
        public void serve(JsonChannel channel) throws IOException {
            try {
                Optional<String> text = channel.receive(String.class);
                while (text.isPresent()) {
                    if (!text.get().equals("nothing")) {
                        channel.send(text.get());
                    }
                    text = channel.receive(String.class);
                }
            } catch (JsonChannel.TooLong e) {
                channel.send(refusal(String.valueOf(e.getMessage())));
            }
        }

        @Override
        public Object refusal(String message) {
            return Map.of("refused", message);
        }
    }

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("a.sock");
        // What an ended process has left.
        Files.createFile(socket);
        Files.writeString(JsonServer.lockFile(socket), "1234567890");
        server = JsonServer.bind(socket, JSON, new JsonServer.Limits(2, 20));
        Thread.ofVirtual().start(() -> server.serve(new Echo()));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private JsonChannel connect() throws IOException {
        return JsonChannel.connect(socket, JSON);
    }

    @Test
    void onlyItsUserCanOpenTheSocketAndNothingElseIsLeft() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
        assertThat(directory)
                .isDirectoryNotContaining(
                        file -> !String.valueOf(file.getFileName()).startsWith("a.sock"));
        assertThat(JsonServer.owner(socket)).contains(ProcessHandle.current().pid());
        try (JsonChannel channel = connect()) {
            channel.send("hello");
            assertThat(channel.receive(String.class, SOON)).contains("hello");
        }
    }

    @Test
    void anInterruptedSenderLeavesTheConnectionOpenForOthers() throws IOException {
        try (JsonChannel channel = connect()) {
            Thread.currentThread().interrupt();
            try {
                channel.send("sent");
            } catch (InterruptedIOException e) {
                // Unless the writer was faster than this thread.
            }
            assertThat(Thread.interrupted()).isTrue();

            channel.send("next");
            assertThat(channel.receive(String.class, SOON)).contains("sent");
            assertThat(channel.receive(String.class, SOON)).contains("next");
        }
    }

    @Test
    void aSecondServerIsRefusedUntilTheFirstHasClosed() throws IOException {
        assertThatThrownBy(() -> JsonServer.bind(socket, JSON, new JsonServer.Limits(1, 1)))
                .isInstanceOf(IOException.class)
                .hasMessage("another process serves '" + socket + "': "
                        + ProcessHandle.current().pid());
        server.close();
        assertThat(socket).doesNotExist();
        JsonServer.bind(socket, JSON, new JsonServer.Limits(1, 1)).close();
    }

    @Test
    void connectionsBeyondTheLimitGetAReasonAndAPlaceBecomesFree() throws IOException {
        try (JsonChannel one = connect();
                JsonChannel two = connect()) {
            one.send("1");
            two.send("2");
            assertThat(one.receive(String.class, SOON)).isPresent();
            assertThat(two.receive(String.class, SOON)).isPresent();
            try (JsonChannel three = connect()) {
                assertThat(three.receive(Map.class, SOON).orElseThrow().toString())
                        .contains("too many connections");
                assertThat(three.receive(Map.class, SOON)).isEmpty();
            }
        }
        await("a place").atMost(SOON).ignoreExceptions().until(() -> {
            try (JsonChannel next = connect()) {
                next.send("next");
                return next.receive(String.class, SOON).equals(Optional.of("next"));
            }
        });
    }

    @Test
    void aValueThatIsTooLongIsAnsweredAndSilenceEndsTheConnection() throws IOException {
        try (JsonChannel channel = connect()) {
            channel.send("x".repeat(1_000_000));
            assertThat(channel.receive(Map.class, SOON).orElseThrow().toString())
                    .contains("has 1000002 characters and may have 20");
        }
        try (JsonChannel channel = connect()) {
            channel.send("nothing");
            assertThatThrownBy(() -> channel.receive(String.class, Duration.ofMillis(100)))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("no answer within 0.1 s");
            assertThatThrownBy(() -> channel.send("more")).isInstanceOf(IOException.class);
        }
    }
}
