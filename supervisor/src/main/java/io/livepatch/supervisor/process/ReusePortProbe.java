package io.livepatch.supervisor.process;

import io.livepatch.supervisor.process.SharedPort.Verdict;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Finds out with {@code bind} whether a single listener has {@code SO_REUSEPORT}. The kernel lets only sockets of one user share
 * a port, so the listener of another user is probed by a process of that user: a Perl script, since every Debian has Perl.
 */
record ReusePortProbe(SystemTools tools) {

    /** Exits with 0 if it could bind, else with the errno: 98 is "address already in use". */
    private static final String SCRIPT = """
            use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6 AF_INET6 SO_REUSEPORT);
            my ($six, $host, $port) = @ARGV;
            socket(my $s, $six ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or exit 1;
            setsockopt($s, SOL_SOCKET, SO_REUSEPORT, 1) or exit 1;
            my $address = inet_pton($six ? AF_INET6 : AF_INET, $host);
            bind($s, $six ? pack_sockaddr_in6($port, $address) : pack_sockaddr_in($port, $address)) or exit $!;
            """;

    private static final int IN_USE = 98;

    Verdict of(TcpSocket listener) {
        try {
            return listener.uid() == ownUid() ? bind(listener) : bindAs(listener);
        } catch (IOException e) {
            return new Verdict.Unknown(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Verdict.Unknown("interrupted");
        }
    }

    private static Verdict bind(TcpSocket listener) throws IOException {
        StandardProtocolFamily family = listener.six() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        try (SocketChannel channel = SocketChannel.open(family)) {
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            channel.bind(new InetSocketAddress(listener.address(), listener.port()));
            return new Verdict.Sharing();
        } catch (BindException e) {
            // Another message means that this user may not bind a port below 1024.
            return String.valueOf(e.getMessage()).contains("in use")
                    ? alone(listener)
                    : new Verdict.Unknown(e.toString());
        }
    }

    private Verdict bindAs(TcpSocket listener) throws IOException, InterruptedException {
        String uid = Integer.toString(listener.uid());
        if (ownUid() != 0 || tools.perl().isEmpty()) {
            return new Verdict.Unknown(
                    "it belongs to user %s, and there is no second listener to compare with".formatted(uid));
        }
        String host = listener.address().getHostAddress();
        boolean mapped = listener.six() && !host.contains(":");
        ProcessBuilder builder = new ProcessBuilder(
                        tools.setpriv().toString(),
                        "--reuid",
                        uid,
                        "--clear-groups",
                        tools.perl().orElseThrow().toString(),
                        "-e",
                        SCRIPT,
                        listener.six() ? "1" : "",
                        mapped ? "::ffff:" + host : host,
                        Integer.toString(listener.port()))
                .redirectErrorStream(true);
        builder.environment().clear();
        Process probe = builder.start();
        String output = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!probe.waitFor(10, TimeUnit.SECONDS)) {
            probe.destroyForcibly();
            return new Verdict.Unknown("the probe as user %s does not end".formatted(uid));
        }
        return switch (probe.exitValue()) {
            case 0 -> new Verdict.Sharing();
            case IN_USE -> alone(listener);
            default -> new Verdict.Unknown("cannot probe as user %s: %s".formatted(uid, output));
        };
    }

    private static Verdict alone(TcpSocket listener) {
        return new Verdict.Alone(
                "it listens at %s without SO_REUSEPORT, so no other worker can: set the option before it binds, or use proxy mode"
                        .formatted(listener.local()));
    }

    private static int ownUid() throws IOException {
        return Procfs.read(Path.of("/proc/self/status"))
                .lines()
                .filter(line -> line.startsWith("Uid:"))
                .map(line -> line.split("\\s+", 4)[2])
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElseThrow();
    }
}
