package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import io.livepatch.server.catalog.LiveCatalog.CatalogStatus;
import io.livepatch.server.checkin.CheckInRoute;
import io.livepatch.server.download.PatchDownload;
import io.livepatch.server.health.HealthRoutes;
import io.livepatch.server.health.Readiness;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.testing.ModuleRules;
import jakarta.ws.rs.Path;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.glassfish.jersey.server.model.Resource;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The document at {@code /openapi.yaml} and the routes of a unit: each in the other, but what the load balancer answers. */
final class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "head", "post", "put", "delete");

    @Test
    void documentAndRoutesAgree() throws Exception {
        Set<String> routes = new TreeSet<>();
        hotRoutes()
                .forEach(route -> route.methods()
                        .forEach(
                                method -> routes.add(method + " " + route.path().text())));
        for (Class<?> resource : resources()) {
            collect(Resource.from(resource), "", routes);
        }

        assertThat(documented()).isEqualTo(routes);
    }

    private static Set<String> documented() throws Exception {
        Set<String> documented = new TreeSet<>();
        try (InputStream document = OpenApiTest.class.getResourceAsStream("/openapi.yaml")) {
            JsonNode paths = YAMLMapper.builder().build().readTree(document).path("paths");
            paths.properties().stream()
                    .filter(path -> !path.getValue().has("x-answered-by"))
                    .forEach(path -> path.getValue().propertyNames().stream()
                            .filter(METHODS::contains)
                            .forEach(method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        }
        return documented;
    }

    private static List<Class<?>> resources() {
        List<Class<?>> found = new ArrayList<>();
        for (JavaClass type : ModuleRules.importClasses("io.livepatch.server")) {
            if (type.isAnnotatedWith(Path.class)) {
                found.add(type.reflect());
            }
        }
        return found;
    }

    private static void collect(Resource resource, String parent, Set<String> routes) {
        String path = parent + "/" + strip(resource.getPath());
        resource.getResourceMethods().forEach(method -> routes.add(method.getHttpMethod() + " " + plain(path)));
        resource.getChildResources().forEach(child -> collect(child, path, routes));
    }

    private static String strip(String path) {
        return path.startsWith("/") ? path.substring(1) : path;
    }

    /** Without the patterns that a template may hold. */
    private static String plain(String path) {
        return path.replaceAll("\\{\\s*([a-z-]+)\\s*:[^}]*}", "{$1}");
    }

    /** Made without their parts: a path and its methods need none. */
    private static List<DirectRoute> hotRoutes() {
        List<DirectRoute> routes = new ArrayList<>();
        routes.add(new CheckInRoute(null, null, null, null));
        routes.add(PatchDownload.of(null, null, null, null, false, null));
        routes.addAll(new HealthRoutes(
                        new Readiness(List.of(), InstantSource.system()),
                        new Metrics(),
                        () -> new HealthRoutes.Info(
                                "",
                                "",
                                Optional.empty(),
                                "",
                                Instant.EPOCH,
                                new HealthRoutes.Configuration(
                                        Optional.empty(), Instant.EPOCH, List.of(), Optional.empty())),
                        () -> new CatalogStatus(0, Optional.empty(), 0, Optional.empty()),
                        List.of())
                .routes());
        return routes;
    }
}
