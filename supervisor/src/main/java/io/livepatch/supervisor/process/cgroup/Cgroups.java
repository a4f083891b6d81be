package io.livepatch.supervisor.process.cgroup;

import io.livepatch.supervisor.process.cgroup.Cgroup.CgroupVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes groups for workers, as far as this machine and this user allow; what they do not allow is in {@link #remarks}. */
public final class Cgroups {

    private static final Logger log = LoggerFactory.getLogger(Cgroups.class);

    private static final String ADVICE = "run it as root, or in a systemd unit with Delegate=yes";

    private final Optional<CgroupRoot> home;
    private final List<String> remarks;
    private final AtomicBoolean complained = new AtomicBoolean();

    private Cgroups(Optional<CgroupRoot> home, List<String> remarks) {
        this.home = home;
        this.remarks = new CopyOnWriteArrayList<>(remarks);
    }

    /** Makes a group for those of the workers, and removes what supervisors left that are gone. */
    public static Cgroups open() {
        return open(Path.of("/proc"));
    }

    /** Version 2 where it limits memory, else version 1 where it does, else version 2 for keeping processes together. */
    static Cgroups open(Path proc) {
        List<String> obstacles = new CopyOnWriteArrayList<>();
        Optional<CgroupMembership> member = membership(proc, obstacles);
        Optional<Path> unified = member.flatMap(CgroupMembership::unified);
        Optional<CgroupRoot> first = unified.filter(Cgroups::limitsMemory)
                .flatMap(group -> home(proc, group, CgroupVersion.UNIFIED, obstacles));
        if (first.isPresent() && first.orElseThrow().limits()) {
            return new Cgroups(first, List.of());
        }
        Optional<CgroupRoot> legacy = member.flatMap(CgroupMembership::memory)
                .flatMap(group -> home(proc, group, CgroupVersion.LEGACY, obstacles));
        if (legacy.isPresent()) {
            first.ifPresent(CgroupRoot::discard);
            return new Cgroups(legacy, List.of());
        }
        first.ifPresent(occupied -> obstacles.add("other processes than this are in '%s'"
                .formatted(occupied.directory().getParent())));
        Optional<CgroupRoot> keeping =
                first.or(() -> unified.flatMap(group -> home(proc, group, CgroupVersion.UNIFIED, obstacles)));
        String why = obstacles.isEmpty() ? "no memory controller" : String.join("; ", obstacles);
        return new Cgroups(keeping, List.of(remark(keeping, why)));
    }

    private static Optional<CgroupMembership> membership(Path proc, List<String> obstacles) {
        try {
            return Optional.of(CgroupMembership.read(proc));
        } catch (IOException e) {
            obstacles.add(e.toString());
            return Optional.empty();
        }
    }

    private static boolean limitsMemory(Path group) {
        try {
            String controllers = Files.readString(group.resolve("cgroup.controllers"));
            return List.of(controllers.strip().split(" ", -1)).contains("memory");
        } catch (IOException absent) {
            return false;
        }
    }

    private static Optional<CgroupRoot> home(Path proc, Path group, CgroupVersion version, List<String> obstacles) {
        try {
            return Optional.of(CgroupRoot.make(proc, group, version));
        } catch (IOException e) {
            log.debug("no cgroups in '{}'", group, e);
            obstacles.add(e.toString());
            return Optional.empty();
        }
    }

    private static String remark(Optional<CgroupRoot> home, String why) {
        return home.isPresent()
                ? "hard memory limits are not kept: no cgroup here can have one (%s); %s".formatted(why, ADVICE)
                : "no cgroup can be made (%s): hard memory limits are not kept, and a process that leaves its worker's session may outlive it; %s"
                        .formatted(why, ADVICE);
    }

    /** What is not as it could be, each for the person on call. */
    public List<String> remarks() {
        return List.copyOf(remarks);
    }

    /** Where the groups are made. */
    public Optional<Path> home() {
        return home.map(CgroupRoot::directory);
    }

    /** Puts a process that looks after workers where no worker is. */
    public void shelter(long pid) {
        try {
            if (home.isPresent()) {
                home.orElseThrow().shelter(pid);
            }
        } catch (IOException e) {
            log.debug("process {} stays in the cgroup it is in", pid, e);
        }
    }

    /**
     * Makes a group and puts a process in it that has no children yet; what it starts from now on is born there.
     *
     * @param memory at which the kernel kills; without a group that can have it, the process goes on without
     */
    public Optional<Cgroup> take(String label, long pid, OptionalLong memory) {
        boolean unlimited = memory.isPresent() && !home.map(CgroupRoot::limits).orElse(false);
        if (unlimited && complained.compareAndSet(false, true)) {
            log.warn("'{}' has no hard memory limit: {}", label, String.join("; ", remarks));
        }
        try {
            String name = label.replaceAll("[^A-Za-z0-9_-]", "_") + "." + pid;
            return home.isPresent()
                    ? Optional.of(home.orElseThrow().take(name, pid, unlimited ? OptionalLong.empty() : memory))
                    : Optional.empty();
        } catch (IOException e) {
            String remark = "'%s' is in no cgroup of its own: %s".formatted(label, e);
            log.warn("{}", remark);
            if (remarks.size() < 10) {
                remarks.add(remark);
            }
            return Optional.empty();
        }
    }

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
}
