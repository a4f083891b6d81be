package io.livepatch.server.patch.inspect;

import io.livepatch.storage.Architecture;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The target processor of an ELF file.
 *
 * @param code the field {@code e_machine}
 * @param bits 32 or 64
 */
record ElfMachine(int code, int bits, boolean bigEndian) {
    private static final int ARM = 40;
    private static final int MIPS = 8;
    private static final int PPC64 = 21;

    /** By Debian's names. Several share one machine: armel and armhf. */
    private static final Map<String, ElfMachine> OF_ARCHITECTURE = new TreeMap<>(Map.ofEntries(
            Map.entry("amd64", little(62, 64)),
            Map.entry("arm64", little(183, 64)),
            Map.entry("armel", little(ARM, 32)),
            Map.entry("armhf", little(ARM, 32)),
            Map.entry("i386", little(3, 32)),
            Map.entry("loong64", little(258, 64)),
            Map.entry("mips64el", little(MIPS, 64)),
            Map.entry("mipsel", little(MIPS, 32)),
            Map.entry("powerpc", big(20, 32)),
            Map.entry("ppc64", big(PPC64, 64)),
            Map.entry("ppc64el", little(PPC64, 64)),
            Map.entry("riscv64", little(243, 64)),
            Map.entry("s390x", big(22, 64)),
            Map.entry("sparc64", big(43, 64))));

    private static ElfMachine little(int code, int bits) {
        return new ElfMachine(code, bits, false);
    }

    private static ElfMachine big(int code, int bits) {
        return new ElfMachine(code, bits, true);
    }

    /** The machine of an architecture; empty for an unknown architecture. */
    static Optional<ElfMachine> of(Architecture architecture) {
        return Optional.ofNullable(OF_ARCHITECTURE.get(architecture.name()));
    }

    @Override
    public String toString() {
        return OF_ARCHITECTURE.entrySet().stream()
                .filter(entry -> entry.getValue().equals(this))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("ELF machine " + code + ", " + bits + " bit, " + (bigEndian ? "big" : "little") + "-endian");
    }
}
