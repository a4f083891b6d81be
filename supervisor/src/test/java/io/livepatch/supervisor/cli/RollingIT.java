package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Replaces every worker while clients send requests, in supervisor mode with {@code net.ipv4.tcp_migrate_req}, with which the kernel
 * moves the queued connections of a closing listener to another one: no request fails.
 */
@Requires(Requires.NetworkNamespace.class)
class RollingIT {

    private static final String IN_A_NETWORK_NAMESPACE =
            "ip link set lo up && echo 1 > /proc/sys/net/ipv4/tcp_migrate_req && exec \"$@\"";
    private static final Pattern RESULT =
            Pattern.compile("answered (\\d+) failed (\\d+) recycled (\\d+) at once (\\d+) exit (\\d+)");

    @TempDir
    Path folder;

    private static ProcessBuilder network(String... command) {
        String[] whole = new String[command.length + 6];
        System.arraycopy(new String[] {"unshare", "--net", "sh", "-c", IN_A_NETWORK_NAMESPACE, "sh"}, 0, whole, 0, 6);
        System.arraycopy(command, 0, whole, 6, command.length);
        return new ProcessBuilder(whole);
    }

    private void assertNothingFails(String limits, int recycles) throws IOException {
        List<String> command = JavaCommand.testProgram(LoadedPool.class);
        command.addAll(List.of(folder.toString(), limits, Integer.toString(recycles)));
        Process process = network(command.toArray(String[]::new))
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher result = RESULT.matcher(output);
            assertThat(result.find()).as(output).isTrue();
            assertThat(Long.parseLong(result.group(1))).as(output).isGreaterThan(100);
            assertThat(result.group(2)).as("failed: %s", output).isEqualTo("0");
            assertThat(Integer.parseInt(result.group(3))).as(output).isGreaterThanOrEqualTo(recycles);
            assertThat(result.group(4)).as("at once: %s", output).isEqualTo("1");
            assertThat(result.group(5)).as("exit: %s", output).isEqualTo("0");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Test
    void aRequestedRestartOfAllWorkersFailsNoRequest() throws IOException {
        assertNothingFails("{}", 4);
    }

    @Test
    void shortLifespansFailNoRequestAndAreReplacedOneByOne() throws IOException {
        assertNothingFails("{lifespan: 1s, jitter_ratio: 0}", 10);
    }
}
