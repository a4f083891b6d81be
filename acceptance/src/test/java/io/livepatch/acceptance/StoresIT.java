package io.livepatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.testing.FreePorts;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A stack with a shared store, from {@code scripts/up} to a downloaded patch. */
final class StoresIT {
    @Test
    void s3ServesTwoUnitsFromTheStart() throws Exception {
        int port = FreePorts.one();
        try (TestModel model = TestModel.create();
                S3Script s3 = S3Script.start(model.scripts(), port, model.work().resolve("s3"))) {
            Scripts there = model.scripts().with(Map.of("LIVEPATCH_S3_ENDPOINT", "http://127.0.0.1:" + port));

            assertThat(there.run("up", "--no-build", "--store", "s3")
                            .expectSuccess()
                            .output())
                    .containsPattern("sha256 [0-9a-f]{64}");

            there.run("juju", "add-unit", "livepatch", "-n", "1").expectSuccess();
            there.run("juju", "wait-for", "--timeout", "2m").expectSuccess();
            assertThat(s3.objects()).as("patches in the bucket").isPositive();
            there.run("down", "--purge", "--yes").expectSuccess();
            assertThat(Processes.of(model.home())).isEmpty();
        }
    }
}
