package io.livepatch.server.patch.inspect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.server.patch.inspect.InspectedSource.Policy;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Modules;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Patches;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InspectedSourceTest {
    private static final PatchName NAME = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
    private static final InspectionLimits LIMITS = InspectionLimits.forPatchesOf(64L << 20);
    private static final String KO = "livepatch.ko";

    @Test
    void validPatchPassesUnchangedAndItsMetadataIsReported() throws IOException {
        byte[] bytes = PatchFiles.bytes(NAME, 1 << 20, 1);
        InspectedSource source = source(bytes, Policy.REFUSE_UNUSUAL);

        assertThat(source.readAllBytes()).isEqualTo(bytes);

        assertThat(source.inspection().unusual()).isEmpty();
        assertThat(source.inspection().modules()).singleElement().satisfies(module -> {
            assertThat(module.kernel()).hasValue("5.15.0-107-generic");
            assertThat(module.architecture()).isEqualTo("amd64");
            assertThat(module.livepatch()).isTrue();
            assertThat(module.signed()).isFalse();
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 1000})
    void sourceMayGiveAFewBytesAtATime(int limit) throws IOException {
        byte[] bytes = PatchFiles.bytes(NAME, 2000, 1);
        InputStream slow = new FilterInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return super.read(target, offset, Math.min(length, limit));
            }
        };

        InspectedSource source = new InspectedSource(slow, NAME, LIMITS, Policy.REFUSE_UNUSUAL);

        assertThat(source.readAllBytes()).isEqualTo(bytes);
    }

    @Test
    void appendedSignatureIsReported() throws IOException {
        InspectedSource source = source(
                new PatchFiles().with(KO, Modules.of(NAME).signed().bytes()).bytes(), Policy.REFUSE_UNUSUAL);

        source.readAllBytes();

        assertThat(source.inspection().modules().getFirst().signed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "livepatch-5.15.0-107.117-generic-107.1-arm64.tar.bz2,       5.15.0-107-generic,          arm64",
        "livepatch-5.15.0-107.117-generic-107.1-ppc64el.tar.bz2,     5.15.0-107-generic,          ppc64el",
        "livepatch-5.15.0-107.117-generic-107.1-s390x.tar.bz2,       5.15.0-107-generic,          s390x",
        "livepatch-5.4.0-52.37~20.04-generic-52.1-amd64.tar.bz2,     5.4.0-52-generic,            amd64",
        "livepatch-6.8.0-45.45-lowlatency-64k-45.1-arm64.tar.bz2,    6.8.0-45-lowlatency-64k,     arm64",
        "livepatch-6.1.0-18-cloud-amd64-3-amd64.tar.bz2,             6.1.0-18-cloud-amd64,        amd64",
        "livepatch-6.12.57+deb13-amd64-1-amd64.tar.bz2,              6.12.57+deb13-amd64,         amd64",
        "livepatch-5.14.21-150500.55.7-default-1-amd64.tar.bz2,      5.14.21-150500.55.7-default, amd64",
        "livepatch-5.14.0-427.13.1.el9_4.x86_64-1-amd64.tar.bz2,     5.14.0-427.13.1.el9_4.x86_64, amd64",
    })
    void moduleFitsTheKernelAndArchitectureOfTheName(String name, String release, String architecture)
            throws IOException {
        PatchName patch = PatchName.parse(name);
        byte[] bytes = new PatchFiles()
                .with(KO, Modules.of(release, architecture).bytes())
                .bytes();

        InspectedSource source =
                new InspectedSource(new ByteArrayInputStream(bytes), patch, LIMITS, Policy.REFUSE_UNUSUAL);
        source.readAllBytes();

        assertThat(source.inspection().unusual()).isEmpty();
    }

    static Stream<Arguments> otherFiles() {
        byte[] valid = PatchFiles.bytes(NAME, 100_000, 1);
        byte[] module = Modules.of(NAME).bytes();
        byte[] tar = new PatchFiles().with(KO, module).tar();
        byte[] damaged = valid.clone();
        damaged[valid.length / 2] ^= 1;
        byte[] headersAway = module.clone();
        headersAway[40] = (byte) 0xff;
        headersAway[44] = (byte) 0xff;
        return Stream.of(
                other("empty", new byte[0], "empty"),
                other("six bytes", "secret".getBytes(UTF_8), "begins with 73656372"),
                other("one byte", new byte[] {'B'}, "begins with 42"),
                other("random", Patches.bytes(100_000, 9), "not compressed with bzip2"),
                other("gzip", new byte[] {0x1f, (byte) 0x8b, 8, 0}, "as gzip does"),
                other("bare module", module, "as ELF (a bare module?) does"),
                other("no bzip2 block", "BZh9garbage".getBytes(UTF_8), "damaged"),
                other("header of bzip2 alone", "BZh9".getBytes(UTF_8), "cut off"),
                other("damaged", damaged, "damaged"),
                other("cut off", Arrays.copyOf(valid, valid.length - 5), "cut off"),
                other("more behind", join(valid, "more".getBytes(UTF_8)), "other bytes follow"),
                other("text", PatchFiles.bzip2(Patches.bytes(2000, 1)), "Corrupted TAR"),
                other("bzip2 of nothing", PatchFiles.bzip2(new byte[0]), "no kernel module"),
                other("no module", new PatchFiles().with("README", module).bytes(), "no kernel module"),
                other("tar cut off", PatchFiles.bzip2(Arrays.copyOf(tar, 700)), "cut off"),
                other(
                        "tar followed",
                        PatchFiles.bzip2(join(tar, "x".repeat(20_000).getBytes(UTF_8))),
                        "follow the end of the tar"),
                other("text as module", files(KO, "text".getBytes(UTF_8)), "shorter than the header of an ELF file"),
                other("long text as module", files(KO, Patches.bytes(999, 1)), "is no ELF file"),
                other("program", files(KO, Modules.of(NAME).type(2).bytes()), "type 2"),
                other("cut off module", files(KO, Arrays.copyOf(module, module.length - 9)), "cut off"),
                other("headers elsewhere", files(KO, headersAway), "lie outside"),
                other("compressed", files("a.ko.xz", module), "a compressed module"),
                other("absolute", files("/lib/a.ko", module), "relative paths"),
                other("parent", files("a/../../b.ko", module), "relative paths"),
                other("control", files("a\nb.ko", module), "named 'a?b.ko'"),
                other("long path", files("a/".repeat(200) + KO, module), "at most 255"),
                other("symbolic link", entry(TarConstants.LF_SYMLINK, ""), "type '2'"),
                other("hard link", entry(TarConstants.LF_LINK, ""), "type '1'"),
                other("device", entry(TarConstants.LF_CHR, ""), "type '3'"),
                other("many entries", many(1001), "more than 1000 entries"));
    }

    private static Arguments other(String what, byte[] bytes, String reason) {
        return Arguments.of(Named.of(what, bytes), reason);
    }

    @ParameterizedTest
    @MethodSource("otherFiles")
    void otherFilesAreRefusedEvenByForce(byte[] bytes, String reason) {
        assertThat(refusal(bytes, Policy.REFUSE_UNUSUAL))
                .contains(NAME.fileName(), "is no patch", reason, "expected a tar");
        assertThat(refusal(bytes, Policy.REFUSE_OTHER_FILES)).contains(reason);
    }

    @ParameterizedTest
    @MethodSource("otherFiles")
    void bytesThatWereAcceptedOncePassUnchanged(byte[] bytes, String reason) throws IOException {
        InspectedSource source = source(bytes, Policy.REPORT);

        assertThat(source.readAllBytes()).isEqualTo(bytes);

        assertThat(source.inspection().unusual()).singleElement().asString().contains(reason);
    }

    /** Linkers write the table of the names near the end of the file, before the section headers; the format allows any place. */
    static Stream<Arguments> layouts() {
        // Longer than the limit of held bytes; compresses fast, since it is mostly zeros.
        byte[] longContent = new byte[2 << 20];
        byte[] noise = Patches.bytes(512, 1);
        for (int i = 0; i < noise.length; i++) {
            longContent[i << 12] = noise[i];
        }
        return Stream.of(
                layout(
                        "names far before the headers",
                        Modules.of(NAME).payload(longContent).namesFirst()),
                layout(
                        "headers first, names last",
                        Modules.of(NAME).payload(longContent).headersFirst()),
                layout(
                        "headers and names first",
                        Modules.of(NAME).payload(longContent).headersFirst().namesFirst()),
                layout("long table of names", Modules.of(NAME).moreNames(longContent)),
                layout(
                        "long table of names behind the headers",
                        Modules.of(NAME).moreNames(longContent).headersFirst()));
    }

    private static Arguments layout(String what, Modules module) {
        return Arguments.of(Named.of(what, files(KO, module.bytes())));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void namesOfSectionsMayBeAnywhere(byte[] bytes) throws IOException {
        InspectedSource source = source(bytes, Policy.REFUSE_UNUSUAL);

        assertThat(source.readAllBytes()).isEqualTo(bytes);

        assertThat(source.inspection().modules().getFirst().kernel()).hasValue("5.15.0-107-generic");
    }

    static Stream<Arguments> unusualPatches() {
        Modules other = Modules.of("5.15.0-108-generic", "amd64");
        return Stream.of(
                other(
                        "kernel",
                        files(KO, other.bytes()),
                        "'5.15.0-108-generic' (vermagic) and not for '5.15.0-107-generic'"),
                other(
                        "machine",
                        files(KO, Modules.of("5.15.0-107-generic", "arm64").bytes()),
                        "is for arm64 and not for amd64"),
                other("no live patch", modinfo("vermagic=5.15.0-107-generic \0"), "no livepatch=Y"),
                other("livepatch=N", modinfo("vermagic=5.15.0-107-generic \0livepatch=N\0"), "no livepatch=Y"),
                other("no vermagic", modinfo("livepatch=Y\0"), "no vermagic"),
                other("key within a value", modinfo("livepatch=Y\0note=vermagic=5.15.0-107-generic \0"), "no vermagic"),
                other(
                        "outside of .modinfo",
                        files(
                                KO,
                                Modules.of(NAME)
                                        .modinfo("license=GPL\0")
                                        .payload("\0livepatch=Y\0vermagic=5.15.0-107-generic \0".getBytes(UTF_8))
                                        .bytes()),
                        "no vermagic"),
                other(
                        "two modules",
                        new PatchFiles()
                                .with("a.ko", Modules.of(NAME).bytes())
                                .with("b.ko", Modules.of(NAME).bytes())
                                .bytes(),
                        "2 kernel modules"));
    }

    @ParameterizedTest
    @MethodSource("unusualPatches")
    void unusualPatchNeedsForce(byte[] bytes, String reason) throws IOException {
        assertThat(refusal(bytes, Policy.REFUSE_UNUSUAL)).contains("is unusual", reason, "--force");

        InspectedSource forced = source(bytes, Policy.REFUSE_OTHER_FILES);
        assertThat(forced.readAllBytes()).isEqualTo(bytes);
        assertThat(forced.inspection().unusual())
                .anySatisfy(one -> assertThat(one).contains(reason));
    }

    @Test
    void architectureWithoutAKnownMachineNeedsForce() {
        PatchName name = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-vax.tar.bz2");
        InspectedSource source = new InspectedSource(
                new ByteArrayInputStream(PatchFiles.bytes(NAME, 1)), name, LIMITS, Policy.REFUSE_UNUSUAL);

        assertThatThrownBy(source::readAllBytes).hasMessageContaining("no processor is known for architecture 'vax'");
    }

    @Test
    void streamsInARowAreOneFile() throws IOException {
        byte[] tar = new PatchFiles()
                .with(KO, Modules.of(NAME).payload(Patches.bytes(5000, 1)).bytes())
                .tar();
        byte[] bytes = join(
                PatchFiles.bzip2(Arrays.copyOf(tar, 3000)),
                PatchFiles.bzip2(Arrays.copyOfRange(tar, 3000, tar.length)));

        assertThat(source(bytes, Policy.REFUSE_UNUSUAL).readAllBytes()).isEqualTo(bytes);
    }

    @Test
    void bombOfZerosIsRefusedAtTheLimit() {
        InspectionLimits limits = new InspectionLimits(1 << 20);
        byte[] module = Modules.of(NAME).payload(new byte[8 << 20]).bytes();
        byte[] bytes = files(KO, module);
        InspectedSource source =
                new InspectedSource(new ByteArrayInputStream(bytes), NAME, limits, Policy.REFUSE_OTHER_FILES);

        assertThat(bytes).hasSizeLessThan(10_000);
        assertThatThrownBy(source::readAllBytes).hasMessageContaining("expands to more than 1048576 bytes");
    }

    @Test
    void manyStreamsThatHoldNothingAreRefused() {
        byte[] empty = PatchFiles.bzip2(new byte[0]);
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        for (int i = 0; i <= InspectionLimits.STREAMS; i++) {
            many.writeBytes(empty);
        }

        assertThat(refusal(many.toByteArray(), Policy.REFUSE_UNUSUAL)).contains("more than 1000 bzip2 streams");
    }

    @Test
    void headersAreNotHeldWithoutABound() {
        assertThat(refusal(entry(TarConstants.LF_GNUTYPE_LONGNAME, "a".repeat(4 << 20)), Policy.REFUSE_UNUSUAL))
                .contains("headers of more than 65536 bytes");
        assertThat(refusal(
                        entry(TarConstants.LF_PAX_EXTENDED_HEADER_LC, "4194304 path=" + "a".repeat(4 << 20)),
                        Policy.REFUSE_UNUSUAL))
                .contains("headers of more than 65536 bytes");
    }

    @Test
    void failureOfTheSourceIsNotReportedAsDamage() {
        IOException lost = new IOException("connection lost");
        InputStream failing = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                throw lost;
            }
        };

        assertThatThrownBy(new InspectedSource(failing, NAME, LIMITS, Policy.REPORT)::read)
                .isSameAs(lost);
    }

    /** Any bytes are a patch or are refused, and never cause another exception. */
    @Test
    void damagedBytesNeverEndInAnotherException() throws IOException {
        byte[] tar = new PatchFiles()
                .with(KO, Modules.of(NAME).payload(Patches.bytes(600, 1)).bytes())
                .tar();
        for (int i = 0; i < 1200; i += 5) {
            byte[] changed = tar.clone();
            changed[i] ^= (byte) 0x80;
            byte[] bytes = bzip2(changed);
            InspectedSource source = source(bytes, Policy.REPORT);
            assertThat(source.readAllBytes()).as("a bit of byte %d", i).isEqualTo(bytes);
            assertThat(source.inspection().unusual())
                    .allSatisfy(one -> assertThat(one).doesNotContain("Exception"));
        }
    }

    private static InspectedSource source(byte[] bytes, Policy policy) {
        return new InspectedSource(new ByteArrayInputStream(bytes), NAME, LIMITS, policy);
    }

    private static String refusal(byte[] bytes, Policy policy) {
        try {
            source(bytes, policy).readAllBytes();
            throw new AssertionError("it was accepted");
        } catch (IOException e) {
            assertThat(e).hasCauseInstanceOf(ProblemException.PatchRefused.class);
            return String.valueOf(e.getMessage());
        }
    }

    private static byte[] files(String path, byte[] content) {
        return new PatchFiles().with(path, content).bytes();
    }

    private static byte[] modinfo(String text) {
        return files(KO, Modules.of(NAME).modinfo(text).bytes());
    }

    private static byte[] many(int entries) {
        PatchFiles files = new PatchFiles();
        for (int i = 0; i < entries; i++) {
            files.with("file" + i, new byte[0]);
        }
        return files.bytes();
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** With the smallest blocks, which cost the least memory and time. */
    private static byte[] bzip2(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream bzip2 = new BZip2CompressorOutputStream(bytes, 1)) {
            bzip2.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] entry(byte type, String content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            TarArchiveEntry entry = new TarArchiveEntry("a", type);
            entry.setLinkName("b");
            entry.setSize(content.length());
            tar.putArchiveEntry(entry);
            tar.write(content.getBytes(UTF_8));
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return PatchFiles.bzip2(bytes.toByteArray());
    }
}
