package io.livepatch.fleet.replica;

import java.util.List;

/**
 * What one process tells of shares.
 *
 * @param upTo how much it has heard so far, by a count of its own: whoever has been told this may ask for what came after it
 */
record ShareDelta(long upTo, List<Share> shares) {}
