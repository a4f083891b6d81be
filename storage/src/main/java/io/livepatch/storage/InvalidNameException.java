package io.livepatch.storage;

/**
 * A text is not the valid name of a kernel, an architecture, a version or a patch. The message quotes it, shortened and without control
 * characters, so it may be sent to the client.
 */
public final class InvalidNameException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_QUOTED = 120;

    public InvalidNameException(String kind, String text, String expected) {
        super("invalid " + kind + " '" + ForeignText.printable(text, MAX_QUOTED) + "', expected " + expected);
    }
}
