package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ShutdownRequestTest {

    private final ShutdownRequest signal = new ShutdownRequest();
    private final AtomicInteger hurried = new AtomicInteger();

    @Test
    void theFirstSignalBeginsItAndTheSecondHurriesIt() {
        signal.onSecondRequest(hurried::incrementAndGet);

        signal.ask();

        assertThat(signal.begun()).isTrue();
        assertThat(signal.asked()).isTrue();
        assertThat(signal.why()).contains("asked by a signal");
        assertThat(hurried).hasValue(0);
        signal.ask();
        await("hurry").until(() -> hurried.get() == 1);
    }

    @Test
    void twoSignalsBeforeAnybodyListensAreNotForgotten() {
        signal.ask();
        signal.ask();

        signal.onSecondRequest(hurried::incrementAndGet);

        await("hurry").until(() -> hurried.get() == 1);
    }

    @Test
    void theFirstReasonIsTheReason() {
        signal.begin("a worker was given up");
        signal.ask();

        assertThat(signal.why()).contains("a worker was given up");
    }
}
