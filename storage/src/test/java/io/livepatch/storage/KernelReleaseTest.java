package io.livepatch.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.testing.KernelNames;
import java.net.URI;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

final class KernelReleaseTest {
    private static final PatchVersion VERSION = PatchVersion.parse("52.1");
    private static final Architecture AMD64 = new Architecture("amd64");

    static final List<String> OF_DISTRIBUTIONS = KernelNames.OF_DISTRIBUTIONS;
    static final List<String> WITHOUT_PATCHES = KernelNames.WITHOUT_PATCHES;
    static final List<String> REFUSED = KernelNames.REFUSED;

    @ParameterizedTest
    @MethodSource("io.livepatch.testing.KernelNames#accepted")
    void nameIsKeptUnchanged(String name) {
        KernelRelease kernel = new KernelRelease(name);

        assertThat(kernel.text()).isEqualTo(name);
        assertThat(name).contains(kernel.flavour());
        kernel.baseVersion().ifPresent(version -> assertThat(name).startsWith(version));
    }

    @ParameterizedTest
    @FieldSource("REFUSED")
    void longOrUnprintableNameIsRefused(String name) {
        assertThatThrownBy(() -> new KernelRelease(name))
                .isInstanceOf(InvalidNameException.class)
                .message()
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Cs}]");
    }

    @ParameterizedTest
    @FieldSource("OF_DISTRIBUTIONS")
    void kernelOfADistributionCanHavePatches(String name) {
        PatchName patch =
                PatchName.find(new KernelRelease(name), VERSION, AMD64).orElseThrow();

        assertThat(PatchName.parse(patch.fileName())).isEqualTo(patch);
        assertThat(patch.fileName()).matches("[A-Za-z0-9._+~-]+");
        assertThat(URI.create("http://host/v1/patches/" + patch.fileName()).getPath())
                .isEqualTo("/v1/patches/" + patch.fileName());
    }

    @ParameterizedTest
    @FieldSource("WITHOUT_PATCHES")
    void kernelThatDoesNotFitIntoAFileNameHasNoPatch(String name) {
        KernelRelease kernel = new KernelRelease(name);

        assertThat(PatchName.find(kernel, VERSION, AMD64)).isEmpty();
        assertThatThrownBy(() -> new PatchName(kernel, VERSION, AMD64)).isInstanceOf(InvalidNameException.class);
        assertThat(PatchName.find("livepatch-" + name + "-52.1-amd64.tar.bz2")).isEmpty();
    }

    /** Any text is accepted unchanged, or refused with the exception that becomes a 400. */
    @Test
    void anyTextIsAcceptedOrRefused() {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 20_000; i++) {
            int length = random.nextInt(0, 30);
            StringBuilder text = new StringBuilder();
            for (int j = 0; j < length; j++) {
                text.append((char) (random.nextBoolean() ? random.nextInt(0x80) : random.nextInt(0x10000)));
            }
            String name = text.toString();
            try {
                KernelRelease kernel = new KernelRelease(name);
                assertThat(name).doesNotContain("/", "\0").isNotEmpty();
                PatchName.find(kernel, VERSION, AMD64)
                        .ifPresent(patch ->
                                assertThat(PatchName.parse(patch.fileName())).isEqualTo(patch));
            } catch (InvalidNameException e) {
                assertThat(e).hasMessageContaining("kernel");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "5.15.0-107.117-generic,             5.15, generic",
        "5.4.0-52.37~20.04-generic,          5.4,  generic",
        "6.8.0-45.45-lowlatency-64k,         6.8,  lowlatency-64k",
        "6.1.0-18-cloud-amd64,               6.1,  cloud-amd64",
        "6.12.57+deb13-amd64,                6.12, amd64",
        "5.15,                               5.15, ''",
        "6.11-amd64,                         6.11, amd64",
        "5.14.0-427.13.1.el9_4.x86_64,       5.14, ''",
    })
    void partsAreParsedWhereTheFormatAllows(String name, String base, String flavour) {
        assertThat(new KernelRelease(name).baseVersion()).hasValue(base);
        assertThat(new KernelRelease(name).flavour()).isEqualTo(flavour);
    }

    @ParameterizedTest
    @CsvSource({"amd64,true", "s390x,true", "x86_64,false", "aarch64_be,false", "AMD64,false", "m,false"})
    void architectureThatDoesNotFitIntoAFileNameHasNoPatch(String name, boolean patches) {
        Architecture architecture = new Architecture(name);

        assertThat(PatchName.find(new KernelRelease("5.15.0-107.117-generic"), VERSION, architecture)
                        .isPresent())
                .isEqualTo(patches);
    }
}
