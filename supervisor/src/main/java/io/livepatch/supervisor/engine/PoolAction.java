package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementReason;

/** What a pool does next; prints itself for the log. */
sealed interface PoolAction {

    /** A seat whose worker is gone is free again. */
    record Release(int seat) implements PoolAction {}

    /** A new member. */
    record Fill(int seat) implements PoolAction {}

    /** Its process hangs: it is killed, and started again as after a crash. */
    record KillHung(int seat) implements PoolAction {}

    /** There are more members than replicas. */
    record Retire(int seat) implements PoolAction {}

    /** Start one at {@code seat} that shall take the place of {@code old}. */
    record Replace(int old, int seat, ReplacementReason reason) implements PoolAction {}

    /** It is ready, or whom it replaces is not there any more: it is a member from now on, and the old one goes. */
    record Swap(int old, int seat, ReplacementReason reason) implements PoolAction {}

    /** The replacement did not live; the old one serves on, and another attempt is made later. */
    record Abandon(int old, int seat) implements PoolAction {}

    /** Replace its process under the same number. */
    record RestartInPlace(int seat, ReplacementReason reason) implements PoolAction {}

    /** It is back. */
    record Returned(int seat) implements PoolAction {}
}
