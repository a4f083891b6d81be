package io.livepatch.server.http;

import java.util.List;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import tools.jackson.jakarta.rs.json.JacksonJsonProvider;

/** Jersey with these resources, our JSON and our errors, and nothing that it would find by itself. */
public final class JerseyApplication extends ResourceConfig {

    /** The caller makes the resources and their filters; Jersey makes none. */
    public JerseyApplication(List<?> resources) {
        property(ServerProperties.WADL_FEATURE_DISABLE, true);
        property(ServerProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
        property(ServerProperties.METAINF_SERVICES_LOOKUP_DISABLE, true);
        property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
        register(new JacksonJsonProvider(Json.mapper()));
        register(new ProblemMapper());
        register(new RouteLabel());
        resources.forEach(this::register);
    }
}
