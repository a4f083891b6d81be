package io.livepatch.haproxy.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One reload, from the command until a new worker is known to run with the new text.
 *
 * <p>haproxy 2.6 does not say whether a reload succeeded. So the process table is polled until it counts the reload. Then either it
 * counts a failure as well, or there is another worker whose description contains the digest of the new text.
 */
final class Reload {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final MasterCli master;
    private final MasterCli.ProcessTable before;
    private final String text;

    Reload(MasterCli master, MasterCli.ProcessTable before, String text) {
        this.master = master;
        this.before = before;
        this.text = text;
    }

    /** Reloads and waits for the outcome, at most 30 s. */
    ApplyResult run() {
        master.reload();
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<ApplyResult> outcome = master.processes().flatMap(this::outcome);
            if (outcome.isPresent()) {
                return outcome.get();
            }
            pause();
        }
        return new ApplyResult.Refused(List.of("no new worker of haproxy (master " + before.master() + ") within "
                + TIMEOUT.toSeconds() + " s of a reload; see its log"));
    }

    private Optional<ApplyResult> outcome(MasterCli.ProcessTable now) {
        if (now.reloads() <= before.reloads()) {
            return Optional.empty();
        }
        if (now.failed() > 0) {
            return Optional.of(new ApplyResult.Refused(List.of(
                    "haproxy (master " + now.master() + ") accepted the text but could not start a worker with it"
                            + "; the [ALERT] lines in its log say why; the old worker still runs")));
        }
        return now.worker()
                .filter(worker -> !before.worker().equals(Optional.of(worker)) && master.hasLoaded(text))
                .map(ApplyResult.Reloaded::new);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HaproxyException.Failed("interrupted while haproxy reloaded; the outcome is not known", e);
        }
    }
}
