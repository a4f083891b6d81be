package io.livepatch.fleet.replica;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that one replica tells another. Holds no secret.
 *
 * @param now by its own clock
 * @param held it does not know who is there, and does nothing
 * @param leaving it is about to end
 * @param telling its own shares, and those of processes that are no more
 */
record GossipMessage(
        String run,
        int index,
        int count,
        URI address,
        UUID incarnation,
        Instant now,
        boolean held,
        boolean leaving,
        List<FlockCommand> orders,
        ShareDelta telling,
        List<Outage> absences,
        List<Annotation> marks) {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    byte[] json() {
        return MAPPER.writeValueAsBytes(this);
    }

    static GossipMessage parse(byte[] json) {
        try {
            return MAPPER.readValue(json, GossipMessage.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "not what a replica of this version tells: " + e.getOriginalMessage(), e);
        }
    }
}
