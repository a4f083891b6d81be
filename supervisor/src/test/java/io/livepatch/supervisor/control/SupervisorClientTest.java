package io.livepatch.supervisor.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.common.socket.JsonChannel;
import io.livepatch.common.socket.JsonServer;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.control.ControlMessage.Hello;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client whose supervisor is away or of another time. */
class SupervisorClientTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    /** A supervisor that says hello, and nothing else. */
    private record Greeter(Hello hello) implements JsonServer.Handler {
        @Override
        public void serve(JsonChannel channel) throws IOException {
            channel.send(hello);
            boolean open = true;
            while (open) {
                open = channel.receive(Object.class).isPresent();
            }
        }

        @Override
        public Object refusal(String message) {
            return message;
        }
    }

    @Test
    void aSupervisorOfALaterProtocolIsNamedAtOnce() throws IOException {
        Path socket = directory.resolve("s");
        try (JsonServer server = JsonServer.bind(socket, ControlMessage.JSON, new JsonServer.Limits(8, 1 << 20));
                SupervisorClient client = SupervisorClient.open(socket)) {
            Thread.ofVirtual().start(() -> server.serve(new Greeter(new Hello(9, 7, List.of(), 4711, "9.0"))));
            assertThatThrownBy(() -> client.awaitConnected(SOON))
                    .isInstanceOf(SupervisorException.Unavailable.class)
                    .hasMessageContainingAll("process 4711", "version 9.0", "7 to 9", "use a newer build");
            assertThat(client.problem()).isPresent();
        }
    }

    @Test
    void noSupervisorIsAnErrorAndNoPoolIsKnown() {
        try (SupervisorClient client = SupervisorClient.open(directory.resolve("nothing"))) {
            assertThat(client.pool("web")).isEmpty();
            assertThatThrownBy(() -> client.recycle("web"))
                    .isInstanceOf(SupervisorException.Unavailable.class)
                    .hasMessageContaining("the supervisor at '" + directory.resolve("nothing") + "' does not answer");
        }
    }
}
