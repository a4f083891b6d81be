package io.livepatch.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PatchNameTest {
    @Test
    void fileNameFallsIntoKernelVersionAndArchitecture() {
        PatchName name = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");

        assertThat(name.kernel()).isEqualTo(new KernelRelease("5.15.0-107.117-generic"));
        assertThat(name.kernel().flavour()).isEqualTo("generic");
        assertThat(name.version()).isEqualTo(PatchVersion.parse("107.1"));
        assertThat(name.architecture()).isEqualTo(new Architecture("amd64"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2",
                "livepatch-6.8.0-45.45-lowlatency-64k-45.10-arm64.tar.bz2",
                "livepatch-6.1.0-18-cloud-amd64-3-amd64.tar.bz2",
            })
    void parsedNameHasTheSameFileName(String fileName) {
        assertThat(PatchName.parse(fileName).fileName()).isEqualTo(fileName);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "..",
                "../livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2",
                "livepatch-5.15.0-107.117-generic-107.1-../../amd64.tar.bz2",
                "livepatch-5.15.0-107.117-gen/eric-107.1-amd64.tar.bz2",
                "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2\0",
                "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2\n",
                "livepatch-5.15.0-107.117-generic-107.01-amd64.tar.bz2",
                "livepatch-5.15.0-107.117-generic-107.1.2.3.4-amd64.tar.bz2",
                "livepatch-5.15.0-107.117-génériç-107.1-amd64.tar.bz2",
                ".livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2",
                "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.gz",
            })
    void otherTextIsRefused(String fileName) {
        assertThatThrownBy(() -> PatchName.parse(fileName)).isInstanceOf(InvalidNameException.class);
    }

    @Test
    void longNameIsRefusedAndQuotedShortened() {
        String name = "livepatch-5.15.0-107.117-" + "a".repeat(300) + "-107.1-amd64.tar.bz2";

        assertThatThrownBy(() -> PatchName.parse(name))
                .isInstanceOf(InvalidNameException.class)
                .message()
                .hasSizeLessThan(250);
    }

    @Test
    void versionsAreOrderedNumberByNumber() {
        assertThat(Stream.of("107.10", "9.1", "107.9", "107", "107.9.1", "108.0")
                        .map(PatchVersion::parse)
                        .sorted(Comparator.naturalOrder())
                        .map(PatchVersion::toString))
                .containsExactly("9.1", "107", "107.9", "107.9.1", "107.10", "108.0");
    }
}
