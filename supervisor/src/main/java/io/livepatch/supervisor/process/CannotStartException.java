package io.livepatch.supervisor.process;

/** A process cannot be started; the message becomes the worker's problem and never reaches a caller as an exception. */
public final class CannotStartException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String why;

    public CannotStartException(String why) {
        super(why);
        this.why = why;
    }

    public CannotStartException(String why, Throwable cause) {
        super(why, cause);
        this.why = why;
    }

    /** For the person on call. */
    public String why() {
        return why;
    }
}
