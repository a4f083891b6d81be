package io.livepatch.server.catalog;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchVersion;

/** What a machine should do, and why. */
public sealed interface PatchDecision {

    /** Fetch this patch and run it. */
    record Offer(Patch patch) implements PatchDecision {}

    /** It runs the right one. */
    record UpToDate(PatchVersion version) implements PatchDecision {}

    /** There is nothing for it. */
    record Withheld(String reason) implements PatchDecision {}

    /** It runs a blocked patch, and nothing else is there for it. */
    record Withdraw(PatchVersion version, String reason) implements PatchDecision {}
}
