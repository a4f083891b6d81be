package io.livepatch.fleet;

/**
 * A token. Never printed.
 *
 * @param reveal the token itself, one word of visible ASCII; a call to this is a place to look at twice
 */
public record Secret(String reveal) {
    private static final int MAX_LENGTH = 4096;

    public Secret {
        // No complaint quotes the text: it may well be a token with a typing error.
        if (reveal.isEmpty() || reveal.length() > MAX_LENGTH || !reveal.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "the token '***' is not one word of at most " + MAX_LENGTH + " visible characters");
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
