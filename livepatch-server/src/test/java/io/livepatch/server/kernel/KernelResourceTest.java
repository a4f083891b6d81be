package io.livepatch.server.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.server.catalog.CatalogEntry;
import io.livepatch.server.catalog.CatalogSnapshot;
import io.livepatch.server.problem.ExceptionTranslator;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.KernelNames;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

final class KernelResourceTest {
    static final List<String> REFUSED = KernelNames.REFUSED;

    private final KernelResource resource = new KernelResource(CatalogSnapshot.of(
            1,
            List.of(
                    entry("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2"),
                    entry("livepatch-5.4.0-52.37~20.04-generic-52.1-amd64.tar.bz2"),
                    entry("livepatch-6.12.57+deb13-amd64-1-amd64.tar.bz2"))));

    private static CatalogEntry entry(String name) {
        return new CatalogEntry(
                new Patch(PatchName.parse(name), 1, Sha256.of(new byte[1])), Set.of(), Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "5.15, generic, amd64, supported",
        "5.15.0-99.1~22.04-generic, generic, amd64, supported",
        "5.4, generic, amd64, supported",
        "6.12, amd64, amd64, supported",
        "5.15, generic, x86_64, unsupported",
        "5.15, GENERIC 64, amd64, unsupported",
        "5, generic, amd64, unsupported",
        "next, generic, amd64, unsupported",
        "6.12, '', amd64, unsupported",
    })
    void answersForAnyName(String kernel, String flavour, String architecture, String answer) {
        assertThat(ask(kernel, flavour, architecture)).isEqualTo(answer);
    }

    @ParameterizedTest
    @MethodSource("io.livepatch.testing.KernelNames#accepted")
    void nameWithoutPatchesIsUnsupported(String kernel) {
        assertThat(ask(kernel, kernel.replace('/', ' '), "vax")).isEqualTo("unsupported");
    }

    @ParameterizedTest
    @FieldSource("REFUSED")
    void nameThatIsTooLongOrNotPrintableIsRefused(String kernel) {
        assertThatThrownBy(() -> ask(kernel, "generic", "amd64"))
                .satisfies(failure -> assertThat(ExceptionTranslator.problem(failure))
                        .get()
                        .isInstanceOf(ProblemException.BadRequest.class));
    }

    @Test
    void everyParameterHasABound() {
        String longText = "x".repeat(101);
        assertThatThrownBy(() -> ask(null, "generic", "amd64")).hasMessageContaining("missing query parameter");
        assertThatThrownBy(() -> ask("5.15", longText, "amd64")).hasMessageContaining("'flavour'");
        assertThatThrownBy(() -> ask("5.15", "generic", longText)).hasMessageContaining("'architecture'");
        assertThatThrownBy(() -> ask("5.15", "a/b", "amd64")).hasMessageContaining("'flavour' contains a '/'");
        assertThatThrownBy(() -> resource.supported("5.15", "generic", "amd64", "jammy\n", null))
                .hasMessageContaining("'codename'");
        assertThatThrownBy(() -> resource.supported("5.15", "generic", "amd64", "jammy", longText))
                .hasMessageContaining("'build-date'");
    }

    private String ask(@Nullable String kernel, String flavour, String architecture) {
        return resource.supported(kernel, flavour, architecture, "jammy", "unknown")
                .supported();
    }
}
