package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;

/** The server's decision at a check-in. */
public sealed interface CheckInAnswer {
    /** Download and apply this patch. */
    record Apply(OfferedPatch patch) implements CheckInAnswer {}

    /**
     * Unapply this version, without a replacement.
     *
     * @param reason by the operator, without control characters
     */
    record Unapply(PatchVersion version, String reason) implements CheckInAnswer {}

    /** No change. */
    record NothingToDo() implements CheckInAnswer {}
}
