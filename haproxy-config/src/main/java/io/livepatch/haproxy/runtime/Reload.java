package io.livepatch.haproxy.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One reload, from the command to the proof.
 *
 * <p>haproxy 2.6 answers {@code reload} with nothing, good or bad. So the process table is watched until the attempt is
 * counted; then either a failure is counted too, or another worker is there and says that it runs on the new text.
 */
final class Reload {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Master master;
    private final Master.ProcessTable before;
    private final String text;

    Reload(Master master, Master.ProcessTable before, String text) {
        this.master = master;
        this.before = before;
        this.text = text;
    }

    /** Reloads and answers the new worker. */
    Applied run() {
        master.reload();
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<Applied> outcome = master.processes().flatMap(this::outcome);
            if (outcome.isPresent()) {
                return outcome.get();
            }
            pause();
        }
        return new Applied.Refused(List.of("no new worker of haproxy (master " + before.master() + ") within "
                + TIMEOUT.toSeconds() + " s of a reload; see its log"));
    }

    private Optional<Applied> outcome(Master.ProcessTable now) {
        if (now.reloads() <= before.reloads()) {
            return Optional.empty();
        }
        if (now.failed() > 0) {
            return Optional.of(new Applied.Refused(List.of(
                    "haproxy (master " + now.master() + ") accepted the text but could not start a worker with it"
                            + "; the [ALERT] lines in its log say why; the old worker serves on")));
        }
        return now.worker()
                .filter(worker -> !before.worker().equals(Optional.of(worker)) && master.hasLoaded(text))
                .map(Applied.Reloaded::new);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HaproxyException.Failed("interrupted while haproxy reloaded; its outcome is not known", e);
        }
    }
}
