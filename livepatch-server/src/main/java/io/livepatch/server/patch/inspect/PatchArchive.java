package io.livepatch.server.patch.inspect;

import io.livepatch.server.patch.inspect.Inspection.KernelModule;
import io.livepatch.server.patch.inspect.Inspection.RefusedContent;
import io.livepatch.storage.ForeignText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/** Reads the tar archive of a patch incrementally, and the kernel modules in it. */
final class PatchArchive {
    private static final int STEP = 64 << 10;
    private static final String MODULE = ".ko";
    private static final Set<String> COMPRESSED = Set.of(".ko.xz", ".ko.zst", ".ko.gz", ".ko.bz2");
    private static final Set<Byte> FILES =
            Set.of(TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_CONTIG);

    private final Bzip2Stream bzip2;
    private final TarArchiveInputStream tar;
    private final byte[] buffer = new byte[STEP];
    private final List<KernelModule> modules = new ArrayList<>();
    private @Nullable TarArchiveEntry entry;
    private @Nullable ModuleReader reader;
    private int entries;
    private boolean ended;

    PatchArchive(Bzip2Stream bzip2) {
        this.bzip2 = bzip2;
        this.tar = new TarArchiveInputStream(bzip2, "UTF-8");
    }

    /** The modules that were read so far. */
    List<KernelModule> modules() {
        return modules;
    }

    /**
     * Reads the header of an entry, at most 64 KiB of an entry, or the padding after the last one.
     *
     * @return false at the end of the data
     */
    boolean step() throws IOException {
        if (ended) {
            return skipPadding();
        }
        if (entry == null) {
            begin();
        } else {
            content();
        }
        return true;
    }

    private void begin() throws IOException {
        // The padding of the last entry, the header, and extended headers.
        bzip2.allow(InspectionLimits.HEADERS);
        TarArchiveEntry next = tar.getNextEntry();
        bzip2.allow(Long.MAX_VALUE);
        entry = next;
        if (next == null) {
            ended = true;
            return;
        }
        check(next);
        if (!next.isDirectory() && next.getName().endsWith(MODULE)) {
            reader = new ModuleReader(next.getName(), next.getSize());
        }
    }

    private void check(TarArchiveEntry next) throws RefusedContent {
        String name = next.getName();
        if (!next.isCheckSumOK()) {
            throw new RefusedContent("the bzip2 data expands to something that is no tar, or a damaged one");
        }
        if (++entries > InspectionLimits.ENTRIES) {
            throw new RefusedContent("the tar has more than " + InspectionLimits.ENTRIES + " entries");
        }
        if (!isSafePath(name)) {
            throw new RefusedContent(
                    "the tar has an entry named '" + printable(name) + "'; expected relative paths of at most "
                            + InspectionLimits.PATH + " characters without '..' and control characters");
        }
        boolean plain = next.isDirectory() || FILES.contains(next.getLinkFlag());
        if (!plain || next.isSparse()) {
            throw new RefusedContent("the tar has an entry '" + printable(name) + "' of type '"
                    + printable(String.valueOf((char) next.getLinkFlag())) + "'; expected files and folders only");
        }
        if (COMPRESSED.stream().anyMatch(name::endsWith)) {
            throw new RefusedContent("the tar holds '" + printable(name)
                    + "', a compressed module, which cannot be inspected; expected a plain .ko");
        }
    }

    private static boolean isSafePath(String name) {
        return !name.isEmpty()
                && name.length() <= InspectionLimits.PATH
                && !name.startsWith("/")
                && name.chars().noneMatch(Character::isISOControl)
                && Stream.of(name.split("/", -1)).noneMatch(".."::equals);
    }

    private static String printable(String name) {
        return ForeignText.printable(name, InspectionLimits.PATH);
    }

    private void content() throws IOException {
        int read = tar.read(buffer);
        if (read < 0) {
            if (reader != null) {
                modules.add(reader.finish());
            }
            reader = null;
            entry = null;
        } else if (reader != null) {
            reader.write(buffer, read);
        }
    }

    /** Archives are padded with zeros to a whole number of blocks. */
    private boolean skipPadding() throws IOException {
        int read = bzip2.read(buffer, 0, buffer.length);
        for (int i = 0; i < read; i++) {
            if (buffer[i] != 0) {
                throw new RefusedContent("other bytes follow the end of the tar");
            }
        }
        return read >= 0;
    }
}
