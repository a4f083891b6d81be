package io.livepatch.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.OptionTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The documents of the server's options match their declarations; {@code -Ddocs.write=true} writes them again. */
final class ConfigDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/configuration.md");
    private static final Path SCHEMA = Path.of("src/main/resources/livepatch-server-options.yaml");

    @Test
    void theTablesOfTheDocumentHaveTheOptionsOfTheServer() throws IOException {
        same(DOCUMENT, OptionTable.renew(Files.readString(DOCUMENT), UnitConfig.class, KeyStyle.HYPHENS));
    }

    @Test
    void theSchemaForOtherProgramsHasTheOptionsOfTheServer() throws IOException {
        same(
                SCHEMA,
                "# Written by ConfigDocumentTest from the records in io.livepatch.server.config; programs that write a\n"
                        + "# configuration of the server read it.\n"
                        + OptionTable.schema(UnitConfig.class, KeyStyle.HYPHENS));
    }

    private static void same(Path file, String declared) throws IOException {
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(file, declared);
        }
        assertThat(file)
                .as("differs from the declarations; run this test with -Ddocs.write=true")
                .hasContent(declared);
    }
}
