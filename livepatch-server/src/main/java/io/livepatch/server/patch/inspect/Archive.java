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

/** Reads the archive of a patch step by step, and the kernel modules in it. */
final class Archive {
    private static final int STEP = 64 << 10;
    private static final String MODULE = ".ko";
    private static final Set<String> COMPRESSED = Set.of(".ko.xz", ".ko.zst", ".ko.gz", ".ko.bz2");
    private static final Set<Byte> FILES =
            Set.of(TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_CONTIG);

    private final Expanded expanded;
    private final TarArchiveInputStream tar;
    private final byte[] buffer = new byte[STEP];
    private final List<KernelModule> modules = new ArrayList<>();
    private @Nullable TarArchiveEntry entry;
    private @Nullable ModuleReader reader;
    private int entries;
    private boolean ended;

    Archive(Expanded expanded) {
        this.expanded = expanded;
        this.tar = new TarArchiveInputStream(expanded, "UTF-8");
    }

    /** The modules so far, in the order of the archive. */
    List<KernelModule> modules() {
        return modules;
    }

    /**
     * Reads on: an entry's header, at most 64 KiB of its content, or of what follows the last one.
     *
     * @return false when all bytes were read
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
        // The header's block, the padding of the entry before it and of the end, and what belongs to extended headers.
        expanded.allow(Limits.HEADERS);
        TarArchiveEntry next = tar.getNextEntry();
        expanded.allow(Long.MAX_VALUE);
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
        if (++entries > Limits.ENTRIES) {
            throw new RefusedContent("the tar has more than " + Limits.ENTRIES + " entries");
        }
        if (!harmless(name)) {
            throw new RefusedContent(
                    "the tar has an entry named '" + shown(name) + "'; expected relative paths of at most "
                            + Limits.PATH + " characters without '..' and control characters");
        }
        boolean plain = next.isDirectory() || FILES.contains(next.getLinkFlag());
        if (!plain || next.isSparse()) {
            throw new RefusedContent("the tar has an entry '" + shown(name) + "' of type '"
                    + shown(String.valueOf((char) next.getLinkFlag())) + "'; expected files and folders only");
        }
        if (COMPRESSED.stream().anyMatch(name::endsWith)) {
            throw new RefusedContent("the tar holds '" + shown(name)
                    + "', a compressed module, which cannot be inspected; expected a plain .ko");
        }
    }

    private static boolean harmless(String name) {
        return !name.isEmpty()
                && name.length() <= Limits.PATH
                && !name.startsWith("/")
                && name.chars().noneMatch(Character::isISOControl)
                && Stream.of(name.split("/", -1)).noneMatch(".."::equals);
    }

    private static String shown(String name) {
        return ForeignText.printable(name, Limits.PATH);
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

    /** An archive is filled up with zeros to a whole number of blocks. */
    private boolean skipPadding() throws IOException {
        int read = expanded.read(buffer, 0, buffer.length);
        for (int i = 0; i < read; i++) {
            if (buffer[i] != 0) {
                throw new RefusedContent("other bytes follow the end of the tar");
            }
        }
        return read >= 0;
    }
}
