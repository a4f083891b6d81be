package io.livepatch.supervisor.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;

/** Processors as the kernel and {@code taskset} write them, such as {@code 0,2-3}. */
final class CpuList {

    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");

    private CpuList() {}

    static BitSet parse(String list) {
        BitSet cpus = new BitSet();
        for (String range : list.strip().split(",", -1)) {
            String[] ends = range.split("-", 2);
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            cpus.set(Math.min(first, last), Math.max(first, last) + 1);
        }
        return cpus;
    }

    /** The kernel takes a set of which some are there, and refuses one of which none is, with no more than "invalid argument". */
    static void requireSome(String list) throws CannotStartException {
        try {
            String online = KernelFile.read(ONLINE).strip();
            if (!parse(list).intersects(parse(online))) {
                throw new CannotStartException(
                        "of the processors %s none is online; there are %s".formatted(list, online));
            }
        } catch (IOException | NumberFormatException unknown) {
            // Without sysfs nobody knows better than taskset itself.
            return;
        }
    }
}
