package io.livepatch.storage;

/**
 * A text that should name a kernel, an architecture, a version or a patch, and does not. Its message quotes the text,
 * shortened and without control characters, so it may be shown to the sender.
 */
public final class InvalidNameException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private static final int QUOTED = 120;

    public InvalidNameException(String kind, String text, String expected) {
        super("invalid " + kind + " '" + ForeignText.printable(text, QUOTED) + "', expected " + expected);
    }
}
