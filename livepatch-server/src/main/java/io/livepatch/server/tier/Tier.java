package io.livepatch.server.tier;

import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A tier and its contents.
 *
 * @param position 0 for the first, which new patches are added to
 * @param patches the number, including blocked ones
 * @param machines the number that are enrolled in it
 */
@JsonNaming(KebabCaseStrategy.class)
public record Tier(String name, int position, long patches, long machines) {}
