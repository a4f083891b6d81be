package io.livepatch.fleet.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import io.livepatch.fleet.config.FleetConfig;
import io.livepatch.fleet.flock.Flock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The manifest that users are given, against the schema of Kubernetes' own types. */
class ManifestTest {

    private static final Path MANIFEST = Path.of("..", "docs", "fleet-statefulset.yaml");
    private static final YAMLMapper YAML = new YAMLMapper();

    @Test
    void manifestsMatchTheirSchemas() throws IOException {
        List<JsonNode> documents = documents();

        assertThat(documents)
                .extracting(document -> document.path("kind").asString())
                .containsExactly("Service", "ConfigMap", "StatefulSet");
        for (JsonNode document : documents) {
            assertThat(schema(document).validate(document))
                    .extracting(Error::toString)
                    .isEmpty();
        }
    }

    /** Otherwise the test above would find nothing, whatever the manifest said. */
    @Test
    void schemaDetectsErrors() throws IOException {
        ObjectNode set = (ObjectNode) documents().getLast();
        ObjectNode spec = (ObjectNode) set.path("spec");
        spec.put("replicas", "four");
        ((ObjectNode) spec.at("/template/spec")).put("containres", 1);

        assertThat(schema(set).validate(set))
                .extracting(Error::toString)
                .anyMatch(error -> error.contains("replicas"))
                .anyMatch(error -> error.contains("containres"));
    }

    @Test
    void replicasGetTheirIndexAndCount() throws IOException {
        JsonNode spec = documents().getLast().path("spec");
        JsonNode environment = spec.at("/template/spec/containers/0/env");

        assertThat(environment.at("/0/name").asString()).isEqualTo("FLEET_REPLICA_COUNT");
        assertThat(environment.at("/0/value").asString())
                .isEqualTo(spec.path("replicas").asString());
        assertThat(environment.at("/1/name").asString()).isEqualTo("FLEET_REPLICA_INDEX");
        assertThat(environment.at("/1/valueFrom/fieldRef/fieldPath").asString())
                .isEqualTo("metadata.labels['apps.kubernetes.io/pod-index']");
    }

    @Test
    void manifestConfigurationIsValid(@TempDir Path secrets) throws IOException {
        Files.writeString(secrets.resolve("auth-token"), "a-token-that-enrols");
        Files.writeString(secrets.resolve("api-token"), "a-token-that-changes");
        String yaml =
                documents().get(1).at("/data/fleet.yaml").asString().replace("/run/secrets/fleet/", secrets + "/");

        FleetConfig config =
                FleetConfig.read(yaml, Map.of("FLEET_REPLICA_COUNT", "4", "FLEET_REPLICA_INDEX", "fleet-2"));

        assertThat(config.replicas().index()).isEqualTo(2);
        assertThat(config.replicas().discovery())
                .isInstanceOfSatisfying(
                        FleetConfig.Discovery.Peers.class,
                        peers -> assertThat(peers.addresses()).hasSize(4));
        assertThat(config.flocks()).singleElement().extracting(Flock::count).isEqualTo(1_000_000);
    }

    private static List<JsonNode> documents() throws IOException {
        try (MappingIterator<JsonNode> all = YAML.readerFor(JsonNode.class).readValues(Files.readString(MANIFEST))) {
            return all.readAll();
        }
    }

    private static Schema schema(JsonNode document) throws IOException {
        try (InputStream file = Objects.requireNonNull(
                ManifestTest.class.getResourceAsStream("/schema/validation-schema.json"), "no schema")) {
            ObjectNode all = (ObjectNode) new JsonMapper().readTree(file);
            JsonNode kind =
                    all.path("resources").path(document.path("kind").asString().toLowerCase(Locale.ROOT));
            ObjectNode root = (ObjectNode) strict(kind);
            root.put("$schema", "http://json-schema.org/draft-07/schema#");
            root.set("definitions", strict(all.path("definitions")));
            ObjectNode definitions = (ObjectNode) root.path("definitions");
            // On the wire these two are plain values.
            definitions.putObject("kubernetes_apimachinery_pkg_util_intstr_IntOrString");
            definitions.putObject("k8s_io_apimachinery_pkg_api_resource_Quantity");
            return SchemaRegistry.withDefaultDialect(Dialects.getDraft7(), ignored -> {})
                    .getSchema(root);
        }
    }

    /** The schema is made for a generator of Java classes: required properties are marked, and additional ones are permitted. */
    private static JsonNode strict(JsonNode node) {
        node.forEach(ManifestTest::strict);
        if (node instanceof ObjectNode object) {
            object.remove(List.of("existingJavaType", "javaType", "javaOmitEmpty", "javaInterfaces"));
            if (object.path("required").isBoolean()) {
                object.remove("required");
            }
            if (object.has("properties") && object.path("additionalProperties").isBoolean()) {
                object.put("additionalProperties", false);
            }
        }
        return node;
    }
}
