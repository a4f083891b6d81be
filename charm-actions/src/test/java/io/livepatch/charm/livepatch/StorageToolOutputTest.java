package io.livepatch.charm.livepatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.livepatch.StorageActions.StorageToolOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StorageToolOutputTest {
    @Test
    void anOutputIsProgressLinesAndThenAnObject() {
        List<String> lines = new ArrayList<>();
        StorageToolOutput report = new StorageToolOutput(lines::add);
        "1 of 2 patches\n\n2 of 2 patches\n{\"to\": \"s3\",\n \"patches\": {\"copied\": 2}, \"failed\": []}\n"
                .lines()
                .forEach(report::line);

        assertThat(lines).containsExactly("1 of 2 patches", "2 of 2 patches");
        assertThat(report.results())
                .containsExactly(Map.entry("to", "s3"), Map.entry("patches.copied", "2"), Map.entry("failed", "[]"));
    }

    @Test
    void anOutputWithoutAnObjectIsShownAsAWhole() {
        StorageToolOutput report = new StorageToolOutput(_ -> {});
        report.line("{2 patches");

        assertThat(report.results()).containsExactly(Map.entry("output", "{2 patches"));
        assertThat(new StorageToolOutput(_ -> {}).results()).isEmpty();
    }

    @Test
    void anErrorIsTheLastLinesOfStandardError() {
        StorageToolOutput report = new StorageToolOutput(_ -> {});

        assertThat(report.errorText(new ExternalProgram.Output(1, "", "a is damaged\nb is damaged\n")))
                .isEqualTo("a is damaged\nb is damaged");
        assertThat(report.errorText(new ExternalProgram.Output(1, "", "x\n".repeat(100)))
                        .lines())
                .hasSize(20);
        assertThat(report.errorText(new ExternalProgram.Output(137, "", ""))).isEqualTo("exit code 137");
    }
}
