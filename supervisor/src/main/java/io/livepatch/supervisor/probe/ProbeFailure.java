package io.livepatch.supervisor.probe;

/**
 * Why a probe did not pass.
 *
 * @param silent whether there was no answer at all within the probe's timeout. Any answer, also a refused connection or an error
 *     status, is not silence: a process that hangs or is stopped gives none
 * @param why for the person on call
 */
public record ProbeFailure(boolean silent, String why) {

    /** No answer within the timeout. */
    public static ProbeFailure silence(String why) {
        return new ProbeFailure(true, why);
    }

    /** An answer, but not the wanted one. */
    public static ProbeFailure answer(String why) {
        return new ProbeFailure(false, why);
    }
}
