package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.haproxy.model.Examples;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.runtime.Reload.ServerStateFile;
import io.livepatch.haproxy.runtime.ServerStatus.Condition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Parsing of recorded responses of haproxy 2.6.12. */
class ReadingTest {
    @Test
    void theProcessTableNamesTheCurrentWorkerAndNotTheOldOnes() {
        String answer = """
                #<PID>          <type>          <reloads>       <uptime>        <version>
                9264            master          2 [failed: 1]   0d00h00m40s     2.6.12-1+deb12u4
                # workers
                10829           worker          1               0d00h00m07s     2.6.12-1+deb12u4
                # old workers
                10700           worker          2               0d00h00m09s     2.6.12-1+deb12u4
                # programs

                """;
        assertThat(MasterCli.ProcessTable.parse(answer))
                .isEqualTo(new MasterCli.ProcessTable(9264, 2, 1, Optional.of(10829L)));
    }

    @Test
    void aMasterWithoutWorkerIsReadAsSuch() {
        String answer = """
                #<PID>          <type>          <reloads>       <uptime>        <version>
                9264            master          0 [failed: 0]   0d00h00m40s     2.6.12-1+deb12u4
                # workers
                # old workers
                10700           worker          2               0d00h00m09s     2.6.12-1+deb12u4
                """;
        assertThat(MasterCli.ProcessTable.parse(answer).worker()).isEmpty();
        assertThatThrownBy(() -> MasterCli.ProcessTable.parse("Unknown command"))
                .isInstanceOf(HaproxyException.CommandRefused.class)
                .hasMessage("haproxy refused 'show proc': Unknown command");
    }

    @Test
    void serversAreReadFromTheStatistics() {
        String answer = """
                # pxname,svname,scur,qcur,stot,status,weight,lastchg,check_status,check_code,last_chk,
                fe,FRONTEND,0,,9,OPEN,,,,,,
                b,livepatch-0,3,1,4000000000,DOWN 1/2,100,61,L7STS,503,"Layer7 wrong status, 503",
                b,livepatch-1,0,0,0,no check,100,2,,,,
                b,livepatch-2,0,0,0,UP,0,4294967295,,,,
                b,BACKEND,0,0,9,UP,200,1,,,,

                """;
        assertThat(Statistics.servers(answer))
                .containsExactly(
                        new ServerStatus(
                                "b",
                                "livepatch-0",
                                Condition.DOWN,
                                3,
                                1,
                                4_000_000_000L,
                                "L7STS 503 Layer7 wrong status, 503",
                                Duration.ofSeconds(61)),
                        new ServerStatus("b", "livepatch-1", Condition.UP, 0, 0, 0, "", Duration.ofSeconds(2)),
                        new ServerStatus("b", "livepatch-2", Condition.DRAIN, 0, 0, 0, "", Duration.ZERO));
    }

    @Test
    void quotesInsideQuotedValuesSurvive() {
        assertThat(Statistics.fields("a,\"b \"\"c\"\", d\",")).isEqualTo(List.of("a", "b \"c\", d", ""));
    }

    @Test
    void onlyServersThatFailedTheirChecksAreCarriedOver() {
        String table = """
                1
                # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight
                4 livepatch 1 livepatch-0 127.0.10.1 0 0 100 100 31 15 3 3 6 0 0 1 - 8080 - 0 0 - - 0
                4 livepatch 2 livepatch-1 127.0.10.2 2 0 100 100 31 15 3 3 6 0 0 1 - 8080 - 0 0 - - 0
                4 livepatch 3 livepatch-2 127.0.10.3 0 1 100 100 31 15 3 3 6 0 0 1 - 8080 - 0 0 - - 0
                4 livepatch 4 livepatch-3 127.0.10.4 0 0 100 100 31 15 3 3 6 0 0 1 - 9999 - 0 0 - - 0
                4 livepatch 5 livepatch-4 127.0.10.5 0 0 100 100 31 15 3 3 6 0 0 1 - 8080 - 0 0 - - 0
                4 livepatch 6 livepatch-9 127.0.10.9 0 0 100 100 31 15 3 3 6 0 0 1 - 8080 - 0 0 - - 0

                """;
        LoadBalancer next = Examples.usual()
                .withBackends(List.of(Examples.units(
                        Examples.unit(0),
                        Examples.unit(1),
                        Examples.unit(2),
                        Examples.unit(3),
                        Examples.unit(4).withState(Server.State.DRAIN))));
        assertThat(ServerStateFile.of(table, next).lines().filter(line -> line.startsWith("4 ")))
                .singleElement()
                .asString()
                .contains(" livepatch-0 ");
    }

    @Test
    void onlyOneCommandIsSentAtATime() {
        RuntimeSocket socket = RuntimeSocket.ofWorker(Examples.PATHS.adminSocket());
        for (String command : List.of("a;b", "a\nb", "set x <<", "")) {
            assertThatThrownBy(() -> socket.send(command)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> socket.send("show info"))
                .isInstanceOf(HaproxyException.NotRunning.class)
                .hasMessageContaining("no haproxy answers at '/run/livepatch/haproxy-0/admin.sock'");
    }

    @Test
    void aSocketPathThatHaproxyWouldRefuseIsRefusedHere() {
        assertThatThrownBy(() -> new Haproxy(Path.of("/h"), Path.of("/c"), Path.of("/" + "x".repeat(97))))
                .hasMessageContaining("at most 97 bytes");
    }
}
