package io.livepatch.supervisor.debug;

/** Who waits for a report. Asked a few times a second. */
@FunctionalInterface
public interface Requester {

    /** Whether nobody waits any more, so that what was begun is to be undone. */
    boolean gone();
}
