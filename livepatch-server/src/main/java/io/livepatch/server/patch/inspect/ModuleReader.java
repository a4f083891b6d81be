package io.livepatch.server.patch.inspect;

import io.livepatch.server.patch.inspect.Inspection.KernelModule;
import io.livepatch.server.patch.inspect.Inspection.RefusedContent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a kernel module, an ELF relocatable file, in one pass. Holds the section headers, the positions of one section name, the values of
 * two keys, and the last bytes: at most 1.5 MB.
 */
final class ModuleReader {
    private static final int HEADER = 64;
    private static final int RELOCATABLE = 1;
    private static final int NO_BITS = 8;
    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final byte[] SIGNED = "~Module signature appended~\n".getBytes(StandardCharsets.US_ASCII);

    private final String file;
    private final long size;
    private final byte[] header = new byte[HEADER];
    private final byte[] tail = new byte[SIGNED.length];
    private final ModinfoScan vermagic = new ModinfoScan("vermagic");
    private final ModinfoScan livepatch = new ModinfoScan("livepatch");
    /** The table of section names may be before or after the headers that give its position, so all matches are kept. */
    private final TextScan sectionName = new TextScan(".modinfo");

    private long position;
    private @Nullable Layout layout;
    private @Nullable Capture headers;

    /** The contents of the ELF header. */
    private record Layout(ElfMachine machine, ByteOrder order, boolean wide, long headers, int count, int names) {
        int entry() {
            return wide ? 64 : 40;
        }
    }

    private record Section(long name, int type, long offset, long size) {}

    /**
     * @param file its path in the archive, printable
     * @param size in bytes, as the archive says
     */
    ModuleReader(String file, long size) {
        this.file = file;
        this.size = size;
    }

    void write(byte[] bytes, int length) throws RefusedContent {
        if (position < HEADER) {
            int wanted = (int) Math.min(HEADER - position, length);
            System.arraycopy(bytes, 0, header, (int) position, wanted);
            if (position + wanted == HEADER) {
                Layout read = layout();
                layout = read;
                headers = new Capture(read.headers(), read.count() * read.entry());
                headers.write(0, header, HEADER);
            }
        }
        if (headers != null) {
            headers.write(position, bytes, length);
        }
        sectionName.write(bytes, length);
        vermagic.write(bytes, length);
        livepatch.write(bytes, length);
        keepTail(bytes, length);
        position += length;
    }

    private void keepTail(byte[] bytes, int length) {
        int kept = Math.max(0, tail.length - length);
        System.arraycopy(tail, tail.length - kept, tail, 0, kept);
        System.arraycopy(bytes, Math.max(0, length - tail.length), tail, kept, tail.length - kept);
    }

    private Layout layout() throws RefusedContent {
        if (!Arrays.equals(header, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw refused("is no ELF file");
        }
        boolean wide = header[4] == 2;
        boolean bigEndian = header[5] == 2;
        if ((!wide && header[4] != 1) || (!bigEndian && header[5] != 1)) {
            throw refused("has an ELF header of an unknown class or byte order");
        }
        ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        ByteBuffer fields = ByteBuffer.wrap(header).order(order);
        int type = Short.toUnsignedInt(fields.getShort(16));
        if (type != RELOCATABLE) {
            throw refused("is an ELF file of type " + type + ", and a module is of type 1, relocatable");
        }
        ElfMachine machine = new ElfMachine(Short.toUnsignedInt(fields.getShort(18)), wide ? 64 : 32, bigEndian);
        long headersAt = wide ? fields.getLong(40) : Integer.toUnsignedLong(fields.getInt(32));
        int counts = wide ? 58 : 46;
        Layout read = new Layout(
                machine,
                order,
                wide,
                headersAt,
                Short.toUnsignedInt(fields.getShort(counts + 2)),
                Short.toUnsignedInt(fields.getShort(counts + 4)));
        requireSound(read, Short.toUnsignedInt(fields.getShort(counts)));
        return read;
    }

    private void requireSound(Layout read, int entry) throws RefusedContent {
        if (entry != read.entry() || read.names() >= read.count() || read.count() > InspectionLimits.SECTIONS) {
            throw refused("has " + read.count() + " section headers of " + entry + " bytes; expected up to "
                    + InspectionLimits.SECTIONS + " of " + read.entry());
        }
        requireInFile(read.headers(), (long) read.count() * entry, "section headers");
    }

    private void requireInFile(long offset, long length, String what) throws RefusedContent {
        if (offset < 0 || length < 0 || offset > size || length > size - offset) {
            throw refused("is cut off or damaged: its " + what + " lie outside of its " + size + " bytes");
        }
    }

    private Section section(Layout read, int number) throws RefusedContent {
        Capture known = headers;
        if (known == null) {
            throw refused("ends in its header");
        }
        ByteBuffer at = known.at(read.headers() + (long) number * read.entry(), read.entry())
                .order(read.order());
        Section section = new Section(
                Integer.toUnsignedLong(at.getInt(0)),
                at.getInt(4),
                read.wide() ? at.getLong(24) : Integer.toUnsignedLong(at.getInt(16)),
                read.wide() ? at.getLong(32) : Integer.toUnsignedLong(at.getInt(20)));
        if (section.type() != NO_BITS) {
            requireInFile(section.offset(), section.size(), "section " + number);
        }
        return section;
    }

    /** Call it after the last byte. */
    KernelModule finish() throws RefusedContent {
        Layout read = layoutOrRefuse();
        Section modinfo = modinfo(read);
        Optional<String> builtFor =
                vermagic.within(modinfo.offset(), modinfo.size()).map(ModuleReader::printable);
        return new KernelModule(
                file,
                builtFor.map(text -> text.split(" ", 2)[0]),
                builtFor,
                read.machine().toString(),
                livepatch
                        .within(modinfo.offset(), modinfo.size())
                        .filter("Y"::equals)
                        .isPresent(),
                Arrays.equals(tail, SIGNED));
    }

    private Section modinfo(Layout read) throws RefusedContent {
        Section names = section(read, read.names());
        for (int i = 0; i < read.count(); i++) {
            Section section = section(read, i);
            if (section.type() != NO_BITS
                    && section.name() <= names.size() - sectionName.length()
                    && sectionName.at(names.offset() + section.name())) {
                return section;
            }
        }
        throw refused("has no section .modinfo");
    }

    private Layout layoutOrRefuse() throws RefusedContent {
        Layout read = layout;
        if (read == null) {
            throw refused("is " + size + " bytes long, shorter than the header of an ELF file");
        }
        return read;
    }

    private RefusedContent refused(String what) {
        return new RefusedContent("'" + file + "' " + what + "; expected a kernel module");
    }

    private static String printable(String text) {
        return text.replaceAll("[^ -~]", "?").strip();
    }

    /** Keeps a range of the file. */
    private static final class Capture {
        private final long from;
        private final byte[] kept;
        private int filled;

        Capture(long from, int length) {
            this.from = from;
            this.kept = new byte[length];
        }

        /** Takes the bytes at this position that are in the range; positions ascend. */
        void write(long position, byte[] bytes, int length) {
            long first = Math.max(position, from + filled);
            int count = (int) Math.max(0, Math.min(position + length, from + kept.length) - first);
            if (count > 0) {
                System.arraycopy(bytes, (int) (first - position), kept, filled, count);
                filled += count;
            }
        }

        ByteBuffer at(long position, int length) throws RefusedContent {
            int offset = (int) (position - from);
            if (offset < 0 || offset + length > filled) {
                throw new RefusedContent("the kernel module is cut off");
            }
            return ByteBuffer.wrap(kept, offset, length).slice();
        }
    }

    /** Finds the positions of one NUL-terminated text in a stream of bytes. Matches beyond {@link #KEPT} are not found. */
    static final class TextScan {
        private static final int KEPT = 1000;

        /** The first byte occurs only once, so a failed match can restart only at the current byte. */
        private final byte[] text;

        private long[] found = {};
        private int count;
        private long position;
        private int matched;

        TextScan(String text) {
            this.text = (text + "\0").getBytes(StandardCharsets.US_ASCII);
        }

        void write(byte[] bytes, int length) {
            for (int i = 0; i < length; i++) {
                next(bytes[i]);
            }
        }

        private void next(byte octet) {
            position++;
            if (octet != text[matched]) {
                matched = octet == text[0] ? 1 : 0;
            } else if (++matched == text.length) {
                matched = 0;
                keep(position - text.length);
            }
        }

        private void keep(long at) {
            if (count < KEPT) {
                if (count == found.length) {
                    found = Arrays.copyOf(found, Math.max(8, 2 * count));
                }
                found[count++] = at;
            }
        }

        /** Whether the text is at this position. */
        boolean at(long offset) {
            return Arrays.binarySearch(found, 0, count, offset) >= 0;
        }

        /** Length of the text with its NUL. */
        int length() {
            return text.length;
        }
    }
}
