package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuListTest {

    @Test
    void numbersAndRangesAreRead() {
        assertThat(CommandLine.CpuList.parse("0,2-4,9\n").stream()).containsExactly(0, 2, 3, 4, 9);
        assertThat(CommandLine.CpuList.parse("7").stream()).containsExactly(7);
    }
}
