package io.livepatch.supervisor;

import java.util.Optional;
import java.util.function.Consumer;

/** The seam to whatever tells whether a worker is ready. */
@FunctionalInterface
interface Checks {

    /**
     * Makes one check without blocking and answers once, on any thread, within about the check's timeout: empty when it
     * passed, else why not.
     *
     * @param worker whose user, directory and environment a command gets
     */
    void check(ReadyCheck check, Processes.Start worker, Consumer<Optional<String>> answer);
}
