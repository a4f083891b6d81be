package io.livepatch.server.checkin;

import io.livepatch.server.machine.Machine;

/**
 * A report of a machine, and the request that waits for it to be durable.
 *
 * @param received when it came in, as {@link System#nanoTime} of this process says; two units have no clock in common
 */
record CheckIn(Machine machine, Report report, long received, Caller caller) {

    /** Waits for a check-in. Exactly one of these is called, once, and by a thread that must not be blocked. */
    interface Caller {
        /** It is committed. */
        void written();

        /** The machine is gone or has another token by now; nothing was written. */
        void gone();

        /** It is not known to be committed. */
        void failed(RuntimeException why);

        /** Runs this caller's answer. */
        void execute(Runnable answer);
    }
}
