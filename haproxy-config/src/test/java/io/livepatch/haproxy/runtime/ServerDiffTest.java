package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.render.HaproxyConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The difference between running and wanted servers, and the commands for it. */
class ServerDiffTest {
    private static final Server ZERO = Examples.unit(0);
    private static final Server ONE = Examples.unit(1);

    @Test
    void equalServersNeedNoCommand() {
        assertThat(steps(List.of(running(ZERO), running(ONE)), ZERO, ONE)).isEmpty();
        assertThat(steps(List.of(drainedByFile(ZERO)), ZERO.withState(Server.State.DRAIN)))
                .isEmpty();
        assertThat(steps(
                        List.of(running(ZERO), running(ONE.withState(Server.State.MAINTENANCE))),
                        ZERO,
                        ONE.withState(Server.State.MAINTENANCE)))
                .isEmpty();
    }

    @Test
    void newServersAreAddedBeforeOthersAreRemoved() {
        Server two = Examples.unit(2);
        Server three = Examples.unit(3);
        Server ten = weighing(Examples.unit(10), 50);
        assertThat(steps(
                        List.of(running(ZERO), running(ONE), running(two), running(three)),
                        ONE.withState(Server.State.DRAIN),
                        two.withState(Server.State.MAINTENANCE),
                        weighing(three, 7),
                        ten))
                .containsExactly(
                        "set livepatch/livepatch-3 weight 7",
                        "add livepatch/livepatch-10 at 127.0.10.11:8080, ready",
                        "set livepatch/livepatch-1 draining",
                        "set livepatch/livepatch-2 in maintenance",
                        "set livepatch/livepatch-0 in maintenance",
                        "delete livepatch/livepatch-0");
    }

    @Test
    void aServerIsAddedWithTheParametersOfTheFileAndIsCheckedFirst() {
        Backend backend = Examples.units(ZERO);
        String file = HaproxyConfig.render(Examples.usual().withBackends(List.of(backend)));
        List<String> commands = new RuntimeCommand.Add(backend, ZERO, Optional.empty()).commands();
        assertThat(file).contains("  server livepatch-0 127.0.10.1:8080 maxconn 1000 weight 100\n");
        assertThat(file)
                .contains("  default-server pool-max-conn -1 pool-purge-delay 5s check inter 1s fastinter 250ms fall 2"
                        + " rise 2\n");
        assertThat(commands)
                .containsExactly(
                        "add server livepatch/livepatch-0 127.0.10.1:8080 maxconn 1000 weight 100"
                                + " pool-max-conn -1 pool-purge-delay 5s check inter 1s fastinter 250ms fall 2 rise 2",
                        "enable health livepatch/livepatch-0",
                        "set server livepatch/livepatch-0 state drain",
                        "set server livepatch/livepatch-0 health down",
                        "set server livepatch/livepatch-0 state ready");
    }

    @Test
    void aServerWithoutHealthCheckIsReadyAtOnceAndOneOfAHashStrategyHasAnId() {
        Backend plain = new Backend("livepatch", Strategy.URI_HASH, Optional.empty(), List.of(ZERO), 0);
        assertThat(commands(ServerDiff.between(List.of(), Examples.usual().withBackends(List.of(plain)))))
                .containsExactly(
                        "add server livepatch/livepatch-0 127.0.10.1:8080 maxconn 1000 weight 100 id "
                                + plain.serverIds().get(ZERO) + " pool-max-conn -1 pool-purge-delay 5s",
                        "set server livepatch/livepatch-0 state ready");
        Backend draining = plain.withStrategy(Strategy.RANDOM).withServers(List.of(ZERO.withState(Server.State.DRAIN)));
        assertThat(commands(ServerDiff.between(List.of(), Examples.usual().withBackends(List.of(draining)))))
                .endsWith("set server livepatch/livepatch-0 state drain");
    }

    @Test
    void aServerIsCheckedFirstAfterMaintenanceAndAfterAnInterruptedActivation() {
        assertThat(steps(List.of(running(ONE), running(ZERO.withState(Server.State.MAINTENANCE))), ZERO, ONE))
                .containsExactly("activate livepatch/livepatch-0, ready");
        assertThat(steps(List.of(running(ONE), untested(ZERO.withState(Server.State.DRAIN))), ZERO, ONE))
                .containsExactly("activate livepatch/livepatch-0, ready");
        assertThat(steps(List.of(running(ZERO.withState(Server.State.DRAIN))), ZERO))
                .containsExactly("set livepatch/livepatch-0 ready");
        assertThat(steps(List.of(drainedByFile(ZERO)), ZERO))
                .containsExactly("set livepatch/livepatch-0 weight 100", "set livepatch/livepatch-0 ready");
        assertThat(steps(
                        List.of(running(ONE), running(ZERO.withState(Server.State.MAINTENANCE))),
                        ZERO.withState(Server.State.DRAIN),
                        ONE))
                .containsExactly("activate livepatch/livepatch-0, draining");
    }

    @Test
    void aDifferenceThatNoCommandChangesNeedsAReload() {
        assertThat(reloadReason(List.of(running(ZERO)), Examples.units(Server.of(ZERO.name(), "127.0.10.9", 8080))))
                .isEqualTo("'livepatch/livepatch-0' moves from 127.0.10.1:8080 to 127.0.10.9:8080");
        assertThat(reloadReason(List.of(running(ZERO)), Examples.units(Server.of(ZERO.name(), "127.0.10.1", 8081))))
                .contains("to 127.0.10.1:8081");
        Server narrow = new Server(ZERO.name(), ZERO.address(), ZERO.port(), 100, 5, Server.State.READY);
        assertThat(reloadReason(List.of(running(ZERO)), Examples.units(narrow)))
                .isEqualTo("'livepatch/livepatch-0' takes 5 connections at most, not 1000");
        assertThat(reloadReason(List.of(running(ZERO)), Examples.units(ZERO).withStrategy(Strategy.IP_HASH)))
                .startsWith("'livepatch/livepatch-0' is number 7, not ");
    }

    @Test
    void aBackendIsNotWithoutServersWhileNewOnesAreChecked() {
        assertThat(reloadReason(List.of(running(ZERO)), Examples.units(ONE)))
                .isEqualTo(
                        "all servers of 'livepatch' that are up are removed, and no other one has passed its checks yet");
        assertThat(reloadReason(List.of(running(ZERO), down(ONE)), Examples.units(ONE)))
                .contains("no other one has passed its checks yet");
        assertThat(steps(List.of(running(ZERO)))).hasSize(2);
        assertThat(steps(List.of(down(ZERO)), ONE)).hasSize(3);
        assertThat(steps(List.of(), ONE)).hasSize(1);
    }

    @Test
    void oneAddressMayBeWrittenInManyWays() {
        Server six = Server.of("livepatch/6", "0:0:0:0:0:0:0:1", 80);
        RunningServer seen = new RunningServer(
                Server.Ref.of(Examples.units(), six), 1, "::1", 80, 100, 1000, Server.State.READY, true, true);
        assertThat(steps(List.of(seen), six)).isEmpty();
    }

    private static List<String> steps(List<RunningServer> running, Server... wanted) {
        ServerDiff diff = ServerDiff.between(running, Examples.usual().withBackends(List.of(Examples.units(wanted))));
        assertThat(diff).isInstanceOf(ServerDiff.Commands.class);
        return ((ServerDiff.Commands) diff)
                .commands().stream().map(RuntimeCommand::toString).toList();
    }

    private static List<String> commands(ServerDiff diff) {
        List<String> commands = new ArrayList<>();
        ((ServerDiff.Commands) diff).commands().forEach(command -> commands.addAll(command.commands()));
        return commands;
    }

    private static String reloadReason(List<RunningServer> running, Backend wanted) {
        ServerDiff diff = ServerDiff.between(running, Examples.usual().withBackends(List.of(wanted)));
        return ((ServerDiff.NeedsReload) diff).reason();
    }

    private static RunningServer running(Server server) {
        return running(server, server.weight(), true, true);
    }

    private static RunningServer down(Server server) {
        return running(server, server.weight(), false, true);
    }

    private static RunningServer untested(Server server) {
        return running(server, server.weight(), true, false);
    }

    private static RunningServer drainedByFile(Server server) {
        return running(server.withState(Server.State.DRAIN), 0, true, true);
    }

    private static RunningServer running(Server server, int weight, boolean up, boolean tested) {
        return new RunningServer(
                Server.Ref.of(Examples.units(), server),
                7,
                server.address(),
                server.port(),
                weight,
                server.maxConnections(),
                server.state(),
                up,
                tested);
    }

    private static Server weighing(Server server, int weight) {
        return new Server(
                server.name(), server.address(), server.port(), weight, server.maxConnections(), server.state());
    }
}
