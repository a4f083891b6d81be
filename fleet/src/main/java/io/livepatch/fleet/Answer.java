package io.livepatch.fleet;

/** What a machine should do now. */
public sealed interface Answer {
    /** Fetch this patch and run it. */
    record Apply(OfferedPatch patch) implements Answer {}

    /**
     * Stop running this version; nothing takes its place.
     *
     * @param reason the operator's words, made fit for a terminal
     */
    record Unapply(PatchVersion version, String reason) implements Answer {}

    /** Go on as before. */
    record NothingToDo() implements Answer {}
}
