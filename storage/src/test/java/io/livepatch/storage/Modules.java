package io.livepatch.storage;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** A kernel module for tests: an ELF relocatable file with a section {@code .modinfo} and a payload. No kernel would load it. */
public final class Modules {
    private static final int ENTRY = 64;
    /** The null section, {@code .modinfo}, {@code .data} and {@code .shstrtab}. */
    private static final int HEADERS = 4;

    /** ELF machine of 64-bit architectures. */
    private static final Map<String, Integer> MACHINES =
            Map.of("amd64", 62, "arm64", 183, "ppc64el", 21, "s390x", 22, "riscv64", 243);

    private int type = 1;
    private int machine;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private String modinfo;
    private byte[] payload = {};
    private byte[] moreNames = {};
    private int headers = HEADERS;
    private boolean namesFirst;
    private boolean headersFirst;
    private boolean signed;

    private Modules(String release, String architecture) {
        this.machine = MACHINES.getOrDefault(architecture, 62);
        this.modinfo =
                "license=GPL\0livepatch=Y\0name=livepatch\0vermagic=" + release + " SMP mod_unload modversions \0";
        if (architecture.equals("s390x")) {
            order = ByteOrder.BIG_ENDIAN;
        }
    }

    /** A live patch for this name. */
    public static Modules of(PatchName name) {
        // Ubuntu's kernels omit the upload number from their release.
        String release = name.kernel().text().replaceFirst("^([\\d.]+-\\d+)\\.[^-]+-", "$1-");
        return new Modules(release, name.architecture().name());
    }

    /** A live patch for a kernel as {@code uname -r} prints it. */
    public static Modules of(String release, String architecture) {
        return new Modules(release, architecture);
    }

    /** Sets the content of the section {@code .data}. */
    public Modules payload(byte[] bytes) {
        payload = bytes;
        return this;
    }

    /** Offset of the payload in the file. */
    int payloadOffset() {
        return Offsets.of(this).data();
    }

    /** Sets the section {@code .modinfo}: pairs of key and value, each ended by NUL. */
    public Modules modinfo(String text) {
        modinfo = text;
        return this;
    }

    /** Sets the ELF type: 1 is relocatable, 2 a program, 3 a shared library. */
    public Modules type(int elfType) {
        type = elfType;
        return this;
    }

    /** Puts the section names at the beginning of the file, where most linkers write them near its end. */
    public Modules namesFirst() {
        namesFirst = true;
        return this;
    }

    /** Puts the section headers at the beginning of the file, where linkers write them at its end. */
    public Modules headersFirst() {
        headersFirst = true;
        return this;
    }

    /** Appends bytes to the table of section names. */
    public Modules moreNames(byte[] bytes) {
        moreNames = bytes;
        return this;
    }

    /** Sets the number of section headers; those after the fourth are empty. */
    public Modules headers(int count) {
        headers = count;
        return this;
    }

    public Modules signed() {
        signed = true;
        return this;
    }

    /** Offsets in the file. */
    private record Offsets(int info, int data, int names, int headers, int end) {
        static Offsets of(Modules module) {
            int namesLength = module.names().length;
            int headers = ENTRY;
            int names = headers + (module.headersFirst ? module.headers * ENTRY : 0);
            int info = names + (module.namesFirst ? namesLength : 0);
            int data = info + PatchFiles.ascii(module.modinfo).length;
            int end = data + module.payload.length;
            if (!module.namesFirst) {
                names = end;
                end += namesLength;
            }
            if (!module.headersFirst) {
                headers = end;
                end += module.headers * ENTRY;
            }
            return new Offsets(info, data, names, headers, end);
        }
    }

    private byte[] names() {
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        names.writeBytes(PatchFiles.ascii("\0.modinfo\0.data\0.shstrtab\0"));
        names.writeBytes(moreNames);
        return names.toByteArray();
    }

    public byte[] bytes() {
        byte[] info = PatchFiles.ascii(modinfo);
        byte[] names = names();
        Offsets offsets = Offsets.of(this);
        int table = offsets.headers();
        ByteBuffer elf = ByteBuffer.allocate(offsets.end()).order(order);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, (byte) (order == ByteOrder.BIG_ENDIAN ? 2 : 1), 1});
        elf.putShort(16, (short) type).putShort(18, (short) machine).putInt(20, 1);
        elf.putLong(40, table).putShort(52, (short) ENTRY).putShort(58, (short) ENTRY);
        elf.putShort(60, (short) headers).putShort(62, (short) 3);
        elf.put(offsets.info(), info).put(offsets.data(), payload).put(offsets.names(), names);
        section(elf, table + ENTRY, 1, offsets.info(), info.length);
        section(elf, table + 2 * ENTRY, 10, offsets.data(), payload.length);
        section(elf, table + 3 * ENTRY, 16, offsets.names(), names.length);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(elf.array());
        if (signed) {
            all.writeBytes(PatchFiles.ascii("a signature~Module signature appended~\n"));
        }
        return all.toByteArray();
    }

    private static void section(ByteBuffer elf, int at, int name, long offset, long size) {
        elf.putInt(at, name).putInt(at + 4, 1).putLong(at + 24, offset).putLong(at + 32, size);
    }
}
