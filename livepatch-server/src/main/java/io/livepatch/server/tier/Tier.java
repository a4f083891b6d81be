package io.livepatch.server.tier;

import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A tier and what is in it.
 *
 * @param position 0 for the first, where new patches land
 * @param patches how many, blocked ones too
 * @param machines how many are enrolled in it
 */
@JsonNaming(KebabCaseStrategy.class)
public record Tier(String name, int position, long patches, long machines) {}
