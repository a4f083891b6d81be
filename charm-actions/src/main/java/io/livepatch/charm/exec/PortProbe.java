package io.livepatch.charm.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Tests whether an address can be listened on. */
public final class PortProbe {
    /** The kernel's default for the lowest port that any user may listen on. */
    public static final int FIRST_UNPRIVILEGED_PORT = 1024;

    private static final Path UNPRIVILEGED = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int CAP_NET_BIND_SERVICE = 10;

    private PortProbe() {}

    /** Why no process can listen there now, and what to do; empty if the port is free. */
    public static Optional<String> problem(String address, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // As the servers do: lingering connections of a previous server do not prevent listening.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
            return Optional.empty();
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            return Optional.of(
                    reason.contains("in use")
                            ? address + ":" + port + " is in use by another process; stop it ('ss -ltnp' names it), or"
                                    + " choose another port"
                            : "cannot listen on " + address + ":" + port + ": " + reason);
        }
    }

    /**
     * The lowest port that a program which this process starts may listen at: 1 for root and with an ambient
     * {@code CAP_NET_BIND_SERVICE} (capabilities(7)), else the kernel's {@code ip_unprivileged_port_start}.
     */
    public static int lowestPort() {
        if (ExternalProgram.isRoot() || mayBindAnyPort(STATUS)) {
            return 1;
        }
        try {
            return Math.max(1, Integer.parseInt(Files.readString(UNPRIVILEGED).strip()));
        } catch (IOException | NumberFormatException e) {
            // Kernels before 4.11 do not have the file.
            return FIRST_UNPRIVILEGED_PORT;
        }
    }

    /** Other capabilities of a user do not pass to the programs that it starts. */
    static boolean mayBindAnyPort(Path status) {
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("CapAmb:"))
                    .anyMatch(line -> (Long.parseUnsignedLong(
                                                    line.substring("CapAmb:".length())
                                                            .strip(),
                                                    16)
                                            >> CAP_NET_BIND_SERVICE
                                    & 1)
                            == 1);
        } catch (IOException | UncheckedIOException e) {
            // A kernel without /proc/self/status has no ambient capabilities to show.
            return false;
        }
    }
}
