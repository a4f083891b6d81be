package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.config.OptionTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Checks that the tables of docs/supervisor.md match the declarations of the options. With {@code -Ddocs.write=true} it updates them:
 * {@code mvn verify -pl supervisor -am -Dtest=ConfigDocumentTest -Dit.test=none -Ddocs.write=true
 * -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false}.
 */
class ConfigDocumentTest {

    private static final Path DOCUMENT = Path.of("../docs/supervisor.md");

    @Test
    void theTablesOfTheDocumentMatchTheDeclarations() throws IOException {
        String written = Files.readString(DOCUMENT);
        String declared = OptionTable.renew(written, SupervisorOptions.class, SupervisorConfig.STYLE);
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(DOCUMENT, declared);
        }
        assertThat(DOCUMENT)
                .as("differs from the declarations; run this test with -Ddocs.write=true")
                .hasContent(declared);
    }
}
