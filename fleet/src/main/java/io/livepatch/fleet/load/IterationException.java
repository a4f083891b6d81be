package io.livepatch.fleet.load;

import org.jspecify.annotations.Nullable;

/** A turn did not go as it should. */
public final class IterationException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String kind;

    /**
     * Of a kind that is counted.
     *
     * @param kind few and short, since it is counted by: "timeout", "status 500", "wrong sha256"
     */
    public IterationException(String kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public String kind() {
        return kind;
    }
}
