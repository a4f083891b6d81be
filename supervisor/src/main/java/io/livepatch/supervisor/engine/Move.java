package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Reason;

/** What a pool does next; prints itself for the log. */
sealed interface Move {

    /** A seat whose worker is gone is free again. */
    record Release(int seat) implements Move {}

    /** A new member. */
    record Fill(int seat) implements Move {}

    /** Its process hangs: it is killed, and started again as after a crash. */
    record KillHung(int seat) implements Move {}

    /** There are more members than replicas. */
    record Retire(int seat) implements Move {}

    /** Start one at {@code seat} that shall take the place of {@code old}. */
    record Replace(int old, int seat, Reason reason) implements Move {}

    /** It is ready, or whom it replaces is not there any more: it is a member from now on, and the old one goes. */
    record Swap(int old, int seat, Reason reason) implements Move {}

    /** The replacement did not live; the old one serves on, and another attempt is made later. */
    record Abandon(int old, int seat) implements Move {}

    /** Replace its process under the same number. */
    record RestartInPlace(int seat, Reason reason) implements Move {}

    /** It is back. */
    record Returned(int seat) implements Move {}
}
