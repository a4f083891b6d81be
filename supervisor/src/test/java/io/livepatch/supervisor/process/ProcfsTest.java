package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.supervisor.process.ProcfsUsageReader.KernelUnits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProcfsTest {

    @Test
    void aProcessNameMayContainTheFieldSeparators() {
        Procfs.Stat stat = Procfs.Stat.parse(
                "42 (a) S 1 (b) 9) R 7 40 39 0 -1 4194304 1 2 3 4 100 20 3 0 20 0 1 0 5000 8192 6 1844 0\n");

        assertThat(stat).isEqualTo(new Procfs.Stat(42, 'R', 40, 39, 120, 123, 5000, 8192, 6));
        assertThat(stat.alive()).isTrue();
    }

    @Test
    void unitsAreThoseOfTheMachine() throws IOException {
        ByteBuffer vector = ByteBuffer.allocate(48).order(ByteOrder.nativeOrder());
        vector.putLong(17).putLong(100).putLong(6).putLong(65536).putLong(0).putLong(0);

        KernelUnits units = KernelUnits.parse(vector.array());

        assertThat(units).isEqualTo(new KernelUnits(65536, 100));
        assertThat(units.time(123)).isEqualTo(Duration.ofMillis(1230));
        assertThat(KernelUnits.read().pageBytes()).isIn(4096L, 16384L, 65536L);
        assertThatThrownBy(() -> KernelUnits.parse(new byte[16])).hasMessageContaining("page size");
    }
}
