package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.process.PortHolder.Held;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes of several users that try to listen on a held port. */
@Requires(Requires.Root.class)
class PortHolderIT {

    private static final ProcessEnvironment WORKER = ProcessEnvironment.PLAIN.withUser("nobody");
    private static final ProcessEnvironment INTRUDER = ProcessEnvironment.PLAIN.withUser("daemon");
    private static final String IN_USE = "Address already in use";

    @TempDir
    Path classes;

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final PortHolder holder = new PortHolder();
    private final InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePorts.one());
    private final Held held = new Held(address, Optional.of("nobody"));

    @BeforeEach
    void copyTheServer() throws IOException {
        ListeningServer.copyTo(classes);
    }

    @AfterEach
    void close() {
        holder.close();
        processes.close();
    }

    private Map<Held, String> hold(String owner, Set<Held> ports) {
        return holder.hold(owner, ports, Set.of());
    }

    private TestProcess listen(ProcessEnvironment user, String host, String... words) {
        return TestProcess.launch(
                processes, user, ListeningServer.command(classes, "INET", host, address.getPort(), words));
    }

    private void assertListens(TestProcess server) throws IOException {
        assertThat(server.firstLine()).isEqualTo(Integer.toString(address.getPort()));
        try (Socket client = new Socket()) {
            client.connect(address, 10_000);
        }
    }

    private void assertRefused(TestProcess intruder) {
        assertThat(intruder.output()).contains(IN_USE);
    }

    @Test
    void aPortStaysWithItsUserWhenTheWorkerHasEnded() throws IOException {
        assertThat(hold("livepatch/0", Set.of(held))).isEmpty();
        TestProcess worker = listen(WORKER, "127.0.0.1", "reuse");
        assertListens(worker);
        worker.kill();
        worker.awaitExit();

        assertRefused(listen(INTRUDER, "127.0.0.1", "reuse"));
        assertRefused(listen(INTRUDER, "127.0.0.1"));
        assertRefused(listen(INTRUDER, "0.0.0.0", "reuse"));
        assertRefused(listen(ProcessEnvironment.PLAIN, "127.0.0.1", "reuse"));
        assertListens(listen(WORKER, "127.0.0.1", "reuse"));
    }

    @Test
    void aPortOfThisUserIsHandedOverWithItsListenersToAnother() throws IOException {
        Held own = new Held(address, Optional.empty());
        assertThat(hold("livepatch/0", Set.of(own))).isEmpty();
        TestProcess former = listen(ProcessEnvironment.PLAIN, "127.0.0.1", "reuse");
        assertListens(former);
        assertRefused(listen(WORKER, "127.0.0.1", "reuse"));

        assertThat(holder.hold("livepatch/0", Set.of(held), Set.of(former.pid())))
                .isEmpty();

        assertListens(listen(WORKER, "127.0.0.1", "reuse"));
        assertRefused(listen(INTRUDER, "127.0.0.1", "reuse"));
        former.kill();
        former.awaitExit();
        assertRefused(listen(ProcessEnvironment.PLAIN, "127.0.0.1", "reuse"));
    }

    /** Shows that the tests above would fail without the holder. */
    @Test
    void aReleasedPortIsFreeForAll() throws IOException {
        hold("livepatch/0", Set.of(held));
        holder.release("livepatch/0");

        assertListens(listen(INTRUDER, "127.0.0.1", "reuse"));
    }

    @Test
    void aPortIsHeldUntilTheLastOwnerReleasesIt() {
        assertThat(hold("livepatch/0", Set.of(held))).isEmpty();
        assertThat(hold("livepatch/1", Set.of(held))).isEmpty();
        assertThat(hold("livepatch/0", Set.of())).isEmpty();

        assertRefused(listen(INTRUDER, "127.0.0.1", "reuse"));
    }

    @Test
    void aPortThatCannotBeHeldIsNamedWithTheReasonAndTriedAgain() throws IOException {
        TestProcess intruder = listen(INTRUDER, "127.0.0.1");
        assertListens(intruder);
        Held foreign = new Held(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1234), Optional.empty());
        Held stranger = new Held(address, Optional.of("no-such-user"));

        assertThat(hold("livepatch/0", Set.of(held, foreign, stranger)))
                .hasEntrySatisfying(
                        held,
                        why -> assertThat(why)
                                .isEqualTo(held + " is in use by another process; stop it ('ss -ltnp' names it)"))
                .hasEntrySatisfying(
                        foreign, why -> assertThat(why).isEqualTo("192.0.2.1:1234 is no address of this machine"))
                .hasEntrySatisfying(stranger, why -> assertThat(why).startsWith("there is no user 'no-such-user'"));
        intruder.kill();
        intruder.awaitExit();
        assertThat(hold("livepatch/0", Set.of(held))).isEmpty();
    }

    @Test
    void anAddressOfIpv6CanBeHeld() {
        Held six =
                new Held(new InetSocketAddress(InetAddress.ofLiteral("::1"), address.getPort()), Optional.of("nobody"));

        assertThat(hold("livepatch/0", Set.of(six))).isEmpty();
        assertThat(hold("livepatch/1", Set.of(new Held(six.address(), Optional.of("daemon")))))
                .hasEntrySatisfying(
                        new Held(six.address(), Optional.of("daemon")),
                        why -> assertThat(why).contains("is in use"));
        assertThat(List.of(six.toString())).containsExactly("0:0:0:0:0:0:0:1:" + address.getPort());
    }
}
