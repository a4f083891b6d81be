package io.livepatch.charm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.local.Charms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {
    private static final Map<String, CharmMetadata> CHARMS =
            Map.of("postgresql", CharmMetadata.read("postgresql"), "livepatch", CharmMetadata.read("livepatch"));

    @TempDir
    private Path home;

    private Path file() {
        return home.resolve("model.json");
    }

    private static Model deployed(Model model) {
        Model both = new ModelChange.Deploy("livepatch", "livepatch", 1, Map.of("server.drain", "1s"))
                .applyTo(
                        new ModelChange.Deploy("postgresql", "postgresql", 1, Map.of()).applyTo(model, CHARMS), CHARMS);
        Model related = new ModelChange.Integrate("livepatch", "postgresql").applyTo(both, CHARMS);
        PendingWrites pendingWrites = new PendingWrites(related, new UnitName("postgresql", 0));
        int relation = related.relations().lastKey();
        pendingWrites.grant(pendingWrites.putSecret("postgresql", "user", Map.of("password", "p")), relation);
        pendingWrites.publish(relation, "postgresql", Map.of("endpoints", "127.0.10.1:5432"));
        return pendingWrites.applyTo(related);
    }

    @Test
    void storedModelIsReadAsTheSame() {
        Model stored;
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            stored = store.update(ModelStoreTest::deployed);
        }
        try (ModelStore store = ModelStore.open(file(), "127.0.99")) {
            assertThat(store.model()).isEqualTo(stored);
            assertThat(store.model().secrets().values())
                    .allMatch(it -> it.grants().contains(stored.relations().lastKey()));
        }
    }

    /** The file was written by the release before options had formats (commit b3d01f1), which took a {@code server.url-ttl} of 240h. */
    @Test
    void aModelOfTheEarlierReleaseIsReadAndAValueThatIsRefusedNowIsNamed() throws Exception {
        Path before = Path.of(
                ModelStoreTest.class.getResource("/model-before/model.json").toURI());
        Files.copy(before, file());
        Map<String, CharmMetadata> charms = Charms.metadata(InstantSource.system());

        try (ModelStore store = ModelStore.open(file(), "127.0.99")) {
            Model model = store.model();
            assertThat(model.applications()).containsOnlyKeys("haproxy", "livepatch", "postgresql");
            List<String> problems = new ArrayList<>();
            model.applications()
                    .values()
                    .forEach(application -> charms.get(application.charm())
                            .violations(application.config())
                            .forEach(violation -> problems.add(violation.message())));
            assertThat(problems).singleElement().asString().contains("server.url-ttl", "240h", "168h");
            assertThat(Connections.check(model, model, charms)).isEqualTo(model);
            assertThat(new ModelChange.AddReleases("r1").applyTo(model, charms).releases())
                    .as("it names no release")
                    .containsExactly("r1");
            assertThat(store.update(same -> same)).isEqualTo(model);
        }
    }

    @Test
    void isWrittenBeforeTheListenerIsCalled() {
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            store.onChange(model -> assertThat(file()).content().contains("\"livepatch\""));
            store.update(ModelStoreTest::deployed);
        }
    }

    @Test
    void onlyItsUserCanReadIt() throws IOException {
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            store.update(ModelStoreTest::deployed);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void aHalfWrittenFileOfACrashIsIgnored() throws IOException {
        Model stored;
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            stored = store.update(ModelStoreTest::deployed);
        }
        Files.writeString(home.resolve(".model.json.tmp"), "{\"subnet\":");
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            assertThat(store.model()).isEqualTo(stored);
            assertThat(store.update(model -> new ModelChange.RemoveAll().applyTo(model, CHARMS)))
                    .isNotEqualTo(stored);
        }
    }

    @Test
    void aSecondControllerIsRefused() {
        try (ModelStore _ = ModelStore.open(file(), "127.0.10")) {
            assertThatThrownBy(() -> ModelStore.open(file(), "127.0.10"))
                    .isInstanceOf(CharmException.class)
                    .hasMessageContaining("in use by another controller");
        }
    }

    @Test
    void aLateWriteDoesNotOverwriteTheModelOfTheNextController() {
        ModelStore earlier = ModelStore.open(file(), "127.0.10");
        earlier.close();
        try (ModelStore next = ModelStore.open(file(), "127.0.10")) {
            Model stored = next.update(ModelStoreTest::deployed);

            assertThatThrownBy(() -> earlier.update(_ -> Model.empty("127.0.99")))
                    .isInstanceOf(CharmException.class)
                    .hasMessage("the model is closed");
            assertThat(ModelStore.read(file())).contains(stored);
        }
    }

    @Test
    void aDamagedFileIsNamedAndLeftAlone() throws IOException {
        Files.writeString(file(), "{\"subnet\":");

        assertThatThrownBy(() -> ModelStore.open(file(), "127.0.10"))
                .isInstanceOf(CharmException.class)
                .hasMessageContaining(file().toString())
                .hasMessageContaining("damaged");
        assertThat(file()).hasContent("{\"subnet\":");
    }

    @Test
    void theModelBeforeTheLastChangeIsKeptAndNamedWhenTheFileIsDamaged() throws IOException {
        Model before;
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            before = store.update(ModelStoreTest::deployed);
            store.update(model -> new ModelChange.RemoveAll().applyTo(model, CHARMS));
        }
        Files.writeString(file(), "{\"subnet\":");

        Path previous = ModelStore.previous(file());
        assertThatThrownBy(() -> ModelStore.open(file(), "127.0.10"))
                .isInstanceOf(CharmException.class)
                .hasMessageContaining("cp -p '" + previous + "' '" + file() + "'");
        assertThat(ModelStore.read(previous)).contains(before);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(previous)))
                .isEqualTo("rw-------");
    }

    @Test
    void anEqualModelIsNotWrittenAgain() throws IOException {
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            store.update(ModelStoreTest::deployed);
            Files.delete(file());
            store.update(model -> model);
            assertThat(file()).doesNotExist();
        }
    }

    @Test
    void aModelWithoutAFormatIsMigratedAndOneOfANewerFormatIsRefusedAndKept() throws Exception {
        Model stored;
        try (ModelStore store = ModelStore.open(file(), "127.0.10")) {
            stored = store.update(ModelStoreTest::deployed);
        }
        String second = Files.readString(file());
        assertThat(second).contains("\"format\" : 2,");

        Files.writeString(file(), second.replace("\"format\" : 2,", ""));
        assertThat(ModelStore.read(file())).contains(stored);

        String newer = second.replace("\"format\" : 2,", "\"format\" : 3,");
        Files.writeString(file(), newer);
        assertThatThrownBy(() -> ModelStore.open(file(), "127.0.10"))
                .isInstanceOf(CharmException.class)
                .hasMessageContainingAll("'" + file() + "' has format 3", "up to 2", "a newer build has written it");
        assertThat(file()).content().isEqualTo(newer);
    }
}
