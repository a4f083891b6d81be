package io.livepatch.server.catalog;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchVersion;

/** What a machine should do. */
public sealed interface PatchDecision {

    /** Download and run this patch. */
    record Offer(Patch patch) implements PatchDecision {}

    /** Keep the running version. */
    record UpToDate(PatchVersion version) implements PatchDecision {}

    /** No patch is offered. */
    record Withheld(String reason) implements PatchDecision {}

    /** Stop running this blocked version; no other patch is offered. */
    record Withdraw(PatchVersion version, String reason) implements PatchDecision {}
}
