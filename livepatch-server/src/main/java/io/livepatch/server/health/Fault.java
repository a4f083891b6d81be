package io.livepatch.server.health;

/**
 * Why a part of the unit does not work.
 *
 * @param text the cause and the remedy, without secrets
 * @param lasting whether it stays until an operator changes a setting, such as a wrong key; others may pass by themselves
 */
public record Fault(String text, boolean lasting) {
    /** A fault that may pass by itself. */
    public static Fault passing(String text) {
        return new Fault(text, false);
    }

    /** A fault that stays until an operator acts. */
    public static Fault lasting(String text) {
        return new Fault(text, true);
    }
}
