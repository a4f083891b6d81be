package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EndingTest {

    private final Ending ending = new Ending();
    private final AtomicInteger hurried = new AtomicInteger();

    @Test
    void theFirstSignalBeginsItAndTheSecondHurriesIt() {
        ending.onHurry(hurried::incrementAndGet);

        ending.ask();

        assertThat(ending.begun()).isTrue();
        assertThat(ending.asked()).isTrue();
        assertThat(ending.why()).contains("asked by a signal");
        assertThat(hurried).hasValue(0);
        ending.ask();
        await("hurry").until(() -> hurried.get() == 1);
    }

    @Test
    void twoSignalsBeforeAnybodyListensAreNotForgotten() {
        ending.ask();
        ending.ask();

        ending.onHurry(hurried::incrementAndGet);

        await("hurry").until(() -> hurried.get() == 1);
    }

    @Test
    void theFirstReasonIsTheReason() {
        ending.begin("a worker was given up");
        ending.ask();

        assertThat(ending.why()).contains("a worker was given up");
    }
}
