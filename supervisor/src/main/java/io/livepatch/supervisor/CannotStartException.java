package io.livepatch.supervisor;

/** A process cannot be started; the message becomes the worker's problem and never leaves this package as an exception. */
final class CannotStartException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String why;

    CannotStartException(String why) {
        super(why);
        this.why = why;
    }

    CannotStartException(String why, Throwable cause) {
        super(why, cause);
        this.why = why;
    }

    String why() {
        return why;
    }
}
