package io.livepatch.server.unit;

import io.livepatch.server.auth.AdminOnly;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Map;

/** Whether all units have the latest change, over HTTP. Public because Jersey must see it. */
@Path("/v1/admin/units")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class UnitResource {

    /** Empty: {@link AdminChangeFilter} adds the revision and the units. */
    @GET
    @AdminChange
    public Map<String, String> units() {
        return Map.of();
    }
}
