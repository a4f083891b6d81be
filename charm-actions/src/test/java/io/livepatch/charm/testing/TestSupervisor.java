package io.livepatch.charm.testing;

import io.livepatch.common.file.FileTrees;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.control.AppliedPools;
import io.livepatch.supervisor.control.ControlServer;
import io.livepatch.supervisor.control.SupervisorClient;
import io.livepatch.supervisor.engine.Supervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** A supervisor with a control socket in this JVM, and a client of it. */
public final class TestSupervisor implements AutoCloseable {
    private final Supervisor supervisor = Supervisor.start();
    private final AppliedPools applied = new AppliedPools(supervisor::run, InstantSource.system());
    private final Path directory;
    private final ControlServer server;
    private final SupervisorClient client;

    public TestSupervisor() {
        try {
            directory = Files.createTempDirectory(Path.of("/tmp"), "sv");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Path socket = directory.resolve("s");
        server = ControlServer.start(socket, applied, new Daemon());
        client = connect(socket);
    }

    private static SupervisorClient connect(Path socket) {
        SupervisorClient client = SupervisorClient.open(socket);
        client.awaitConnected(Duration.ofSeconds(10));
        return client;
    }

    public SupervisorClient client() {
        return client;
    }

    /** Another client, as after a restart of the program that applied the pools. */
    public SupervisorClient anotherClient() {
        return connect(directory.resolve("s"));
    }

    public List<Pool> pools() {
        return applied.pools();
    }

    private final class Daemon implements ControlServer.Daemon {
        @Override
        public List<Pool> pools() {
            return applied.pools();
        }

        @Override
        public String readFile() {
            return "";
        }

        @Override
        public String metrics() {
            return "";
        }

        @Override
        public void shutdown(String reason) {}

        @Override
        public boolean shuttingDown() {
            return false;
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
        supervisor.close();
        FileTrees.delete(directory);
    }
}
