package io.livepatch.supervisor.process.cgroup;

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

/** Creates the cgroups of workers, as far as this machine and user allow; {@link #remarks} lists what they do not. */
public final class Cgroups {

    private static final Logger log = LoggerFactory.getLogger(Cgroups.class);

    private static final String ADVICE = "run it as root, or in a systemd unit with Delegate=yes";

    private final Optional<CgroupRoot> root;
    private final List<String> remarks;
    private final AtomicBoolean warned = new AtomicBoolean();

    private Cgroups(Optional<CgroupRoot> root, List<String> remarks) {
        this.root = root;
        this.remarks = new CopyOnWriteArrayList<>(remarks);
    }

    /** Creates the root of this supervisor's cgroups, and removes those of ended supervisors. */
    public static Cgroups open() {
        return open(Path.of("/proc"));
    }

    /** Version 2 if it can limit memory, else version 1 if it can, else version 2 without limits. */
    static Cgroups open(Path proc) {
        List<String> obstacles = new CopyOnWriteArrayList<>();
        Optional<CgroupMembership> member = membership(proc, obstacles);
        Optional<Path> unified = member.flatMap(CgroupMembership::unified);
        Optional<CgroupRoot> first = unified.filter(Cgroups::limitsMemory)
                .flatMap(group -> rootIn(proc, group, Cgroup.Version.UNIFIED, obstacles));
        if (first.isPresent() && first.orElseThrow().limits()) {
            return new Cgroups(first, List.of());
        }
        Optional<CgroupRoot> legacy = member.flatMap(CgroupMembership::memory)
                .flatMap(group -> rootIn(proc, group, Cgroup.Version.LEGACY, obstacles));
        if (legacy.isPresent()) {
            first.ifPresent(CgroupRoot::discard);
            return new Cgroups(legacy, List.of());
        }
        first.ifPresent(occupied -> obstacles.add(
                "other processes are in '%s'".formatted(occupied.directory().getParent())));
        Optional<CgroupRoot> keeping =
                first.or(() -> unified.flatMap(group -> rootIn(proc, group, Cgroup.Version.UNIFIED, obstacles)));
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
            return CgroupRoot.words(group.resolve("cgroup.controllers")).contains("memory");
        } catch (IOException absent) {
            return false;
        }
    }

    private static Optional<CgroupRoot> rootIn(Path proc, Path group, Cgroup.Version version, List<String> obstacles) {
        try {
            return Optional.of(CgroupRoot.create(proc, group, version));
        } catch (IOException e) {
            log.debug("no cgroups in '{}'", group, e);
            obstacles.add(e.toString());
            return Optional.empty();
        }
    }

    private static String remark(Optional<CgroupRoot> root, String why) {
        return root.isPresent()
                ? "hard memory limits are not enforced: no cgroup here can have one (%s); %s".formatted(why, ADVICE)
                : "no cgroup can be created (%s): hard memory limits are not enforced, and a process that leaves its worker's session may outlive it; %s"
                        .formatted(why, ADVICE);
    }

    /** Features that are not available, in words. */
    public List<String> remarks() {
        return List.copyOf(remarks);
    }

    /** The parent of the workers' cgroups. */
    public Optional<Path> root() {
        return root.map(CgroupRoot::directory);
    }

    /** Moves the process reaper to a cgroup without workers. */
    public void addReaper(long pid) {
        try {
            if (root.isPresent()) {
                root.orElseThrow().addReaper(pid);
            }
        } catch (IOException e) {
            log.debug("process {} stays in its cgroup", pid, e);
        }
    }

    /**
     * Creates a cgroup for a process that has no children yet, so that all its descendants are in it.
     *
     * @param memory bytes at which the kernel kills; not enforced where memory cannot be limited
     */
    public Optional<Cgroup> create(String label, long pid, OptionalLong memory) {
        boolean unlimited = memory.isPresent() && !root.map(CgroupRoot::limits).orElse(false);
        if (unlimited && warned.compareAndSet(false, true)) {
            log.warn("'{}' has no hard memory limit: {}", label, String.join("; ", remarks));
        }
        try {
            String name = label.replaceAll("[^A-Za-z0-9_-]", "_") + "." + pid;
            return root.isPresent()
                    ? Optional.of(root.orElseThrow().create(name, pid, unlimited ? OptionalLong.empty() : memory))
                    : Optional.empty();
        } catch (IOException e) {
            String remark = "'%s' has no cgroup of its own: %s".formatted(label, e);
            log.warn("{}", remark);
            if (remarks.size() < 10) {
                remarks.add(remark);
            }
            return Optional.empty();
        }
    }

    /**
     * The cgroups of this JVM.
     *
     * @param unified in version 2
     * @param memory in the hierarchy of the memory controller of version 1
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

        /** A line of {@code mountinfo}; {@code root} is the directory of the file system that is mounted at {@code point}. */
        private record Mount(String root, Path point, String type, String options) {

            static Mount parse(String line) {
                String[] sides = line.split(" - ", 2);
                String[] left = sides[0].split(" ", -1);
                String[] right = sides[1].split(" ", -1);
                return new Mount(left[3], Path.of(left[4].replace("\\040", " ")), right[0], right[right.length - 1]);
            }

            /** The path of {@code group}; a container may have mounted only its own part of the hierarchy. */
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
