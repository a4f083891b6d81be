package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ShutdownRequestTest {

    private final ShutdownRequest shutdown = new ShutdownRequest();
    private final AtomicInteger forced = new AtomicInteger();

    @Test
    void theFirstSignalRequestsAndTheSecondForces() {
        shutdown.onSecondSignal(forced::incrementAndGet);

        shutdown.onSignal();

        assertThat(shutdown.requested()).isTrue();
        assertThat(shutdown.signalReceived()).isTrue();
        assertThat(shutdown.reason()).contains("asked by a signal");
        assertThat(forced).hasValue(0);
        shutdown.onSignal();
        await("force stop").until(() -> forced.get() == 1);
    }

    @Test
    void aSecondSignalBeforeItsActionIsSetIsKept() {
        shutdown.onSignal();
        shutdown.onSignal();

        shutdown.onSecondSignal(forced::incrementAndGet);

        await("force stop").until(() -> forced.get() == 1);
    }

    @Test
    void onlyTheFirstReasonIsKept() {
        shutdown.request("a worker was given up");
        shutdown.onSignal();

        assertThat(shutdown.reason()).contains("a worker was given up");
    }
}
