package io.livepatch.supervisor.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the file that says what to supervise: Monoceros' keys as they are, and ours. */
public final class SupervisorFile {

    static final Key<Duration> DEADLINE = Readings.positiveDuration("deadline");
    static final Section SHUTDOWN = Section.of("shutdown", List.of(DEADLINE));

    static final Key<Path> DIRECTORY = Readings.path("directory", "a directory");
    static final Section BALANCER = Section.of("balancer", List.of(DIRECTORY));

    static final Section SUPERVISOR = Section.of("supervisor", List.of(), PoolSection.WORKERS);

    static final Key<ExitPolicy> EXIT = Readings.word("exit_on_give_up", ExitPolicy.class, ExitPolicy::word);
    static final Section ROOT = Section.of("", List.of(EXIT), AdminSection.ADMIN, SHUTDOWN, BALANCER, SUPERVISOR);

    private static final Path DEFAULT_BALANCER_DIRECTORY = Path.of("balancer");

    private final Origin origin;
    private final Problems problems;

    private SupervisorFile(Origin origin, Problems problems) {
        this.origin = origin;
        this.problems = problems;
    }

    /**
     * Reads a file; its relative paths start at the working directory of this JVM, its variables are those of this JVM.
     *
     * @throws ConfigException with everything that is wrong with it
     */
    public static SupervisorConfig read(Path file) {
        return read(file, Origin.here());
    }

    static SupervisorConfig read(Path file, Origin origin) {
        Problems problems = new Problems(file.toString());
        SupervisorConfig config = new SupervisorFile(origin, problems).config(text(file, problems));
        problems.refuseAny();
        return config;
    }

    /**
     * Reads one pool, as it stands in a file below {@code supervisor.workers}, in YAML or JSON.
     *
     * @param name which it has if the text does not say so
     * @throws ConfigException with everything that is wrong with it
     */
    public static PoolSettings readPool(String name, String text) {
        Origin origin = Origin.here();
        Problems problems = new Problems("pool " + name);
        Optional<Node> document = Yaml.read(text, problems);
        problems.refuseAny();
        if (document.isEmpty()) {
            problems.add(0, "", "is empty; give the keys of a pool, such as 'exec' and 'replicas'");
        }
        problems.refuseAny();
        Values values = Values.of(document.orElseThrow(), PoolSection.WORKERS, "", problems);
        PoolSettings pool = new PoolSection(values, origin, origin.resolve(DEFAULT_BALANCER_DIRECTORY)).read(name);
        problems.refuseAny();
        return pool;
    }

    private static String text(Path file, Problems problems) {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            problems.add(0, "", "is not UTF-8 text");
        } catch (IOException e) {
            String why = Files.exists(file) ? "cannot be read: " + e.getMessage() : "is not there";
            problems.add(0, "", why + "; give the path of a YAML file");
        }
        problems.refuseAny();
        return "";
    }

    private SupervisorConfig config(String text) {
        Optional<Node> document = Yaml.read(text, problems);
        problems.refuseAny();
        if (document.isEmpty()) {
            problems.add(0, "", "is empty; give at least 'supervisor: {workers: [{name: …, exec: …}]}'");
        }
        problems.refuseAny();
        Values root = Values.of(document.orElseThrow(), ROOT, "", problems);
        Path balancers = root.part(BALANCER)
                .flatMap(values -> values.get(DIRECTORY))
                .map(origin::resolve)
                .orElse(origin.resolve(DEFAULT_BALANCER_DIRECTORY));
        return new SupervisorConfig(
                AdminSection.read(root.part(AdminSection.ADMIN), origin),
                root.part(SHUTDOWN).flatMap(values -> values.get(DEADLINE)).orElse(SupervisorConfig.DEFAULT_DEADLINE),
                root.get(EXIT).orElse(ExitPolicy.ALL),
                balancers,
                pools(root, balancers),
                problems.remarks());
    }

    private List<PoolSettings> pools(Values root, Path balancers) {
        List<Values> entries = root.part(SUPERVISOR)
                .map(values -> values.parts(PoolSection.WORKERS))
                .orElse(List.of());
        if (entries.isEmpty() && !problems.under(SUPERVISOR.name())) {
            root.note(SUPERVISOR.name(), "names no pool; give 'workers:' with at least one '- name: …'");
        }
        Set<String> names = new HashSet<>();
        List<PoolSettings> pools = new ArrayList<>();
        for (Values values : entries) {
            pools.add(new PoolSection(values, origin, balancers).read());
            values.get(PoolSection.NAME)
                    .filter(name -> !names.add(name))
                    .ifPresent(name ->
                            values.note(PoolSection.NAME.name(), "'%s' is taken by another pool".formatted(name)));
        }
        return pools;
    }
}
