package io.livepatch.supervisor.process.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The directories of the groups that this JVM is in.
 *
 * @param unified in the hierarchy of version 2
 * @param memory in that of version 1 which limits memory
 */
record CgroupMembership(Optional<Path> unified, Optional<Path> memory) {

    private static final String MEMORY = "memory";

    /** Reads {@code self/cgroup} and {@code self/mountinfo}. */
    static CgroupMembership read(Path proc) throws IOException {
        List<String> groups = Files.readAllLines(proc.resolve("self/cgroup"));
        List<Mount> mounts = Files.readAllLines(proc.resolve("self/mountinfo")).stream()
                .map(Mount::parse)
                .toList();
        return new CgroupMembership(
                find(groups, String::isEmpty, mounts, mount -> "cgroup2".equals(mount.type())),
                find(
                        groups,
                        controllers -> names(controllers, MEMORY),
                        mounts,
                        mount -> "cgroup".equals(mount.type()) && names(mount.options(), MEMORY)));
    }

    private static Optional<Path> find(
            List<String> groups, Predicate<String> controllers, List<Mount> mounts, Predicate<Mount> mount) {
        return groups.stream()
                .map(line -> line.split(":", 3))
                .filter(fields -> controllers.test(fields[1]))
                .findFirst()
                .flatMap(fields -> mounts.stream()
                        .filter(mount)
                        .flatMap(it -> it.directory(fields[2]).stream())
                        .findFirst());
    }

    private static boolean names(String list, String name) {
        return List.of(list.split(",", -1)).contains(name);
    }

    /** One line of {@code mountinfo}; {@code root} is which part of the file system one sees at {@code point}. */
    private record Mount(String root, Path point, String type, String options) {

        static Mount parse(String line) {
            String[] sides = line.split(" - ", 2);
            String[] left = sides[0].split(" ", -1);
            String[] right = sides[1].split(" ", -1);
            return new Mount(left[3], Path.of(left[4].replace("\\040", " ")), right[0], right[right.length - 1]);
        }

        /** Where {@code group} is seen, if it is: a container may see its own part only. */
        Optional<Path> directory(String group) {
            String above = "/".equals(root) ? "" : root;
            boolean seen = group.equals(above) || group.startsWith(above + "/");
            return seen && !group.contains("/..")
                    ? Optional.of(Path.of(point + group.substring(above.length())))
                    : Optional.empty();
        }
    }
}
