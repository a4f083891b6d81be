package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;

/** What a machine should do now. */
public sealed interface CheckInAnswer {
    /** Fetch this patch and run it. */
    record Apply(OfferedPatch patch) implements CheckInAnswer {}

    /**
     * Stop running this version; nothing takes its place.
     *
     * @param reason the operator's words, made fit for a terminal
     */
    record Unapply(PatchVersion version, String reason) implements CheckInAnswer {}

    /** Go on as before. */
    record NothingToDo() implements CheckInAnswer {}
}
