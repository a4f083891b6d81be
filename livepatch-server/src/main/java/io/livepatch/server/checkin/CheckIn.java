package io.livepatch.server.checkin;

import io.livepatch.server.machine.Machine;
import java.time.Instant;

/** A report, whose it is, when it came in, and who waits for it to be durable. */
record CheckIn(Machine machine, Report report, Instant seenAt, Caller caller) {

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
