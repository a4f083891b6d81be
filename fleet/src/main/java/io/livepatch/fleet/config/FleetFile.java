package io.livepatch.fleet.config;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Target;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the whole file. */
final class FleetFile {
    private static final String SERVER = "server";
    private static final String REPLICAS = "replicas";
    private static final String API = "api";
    private static final String REPORT = "report";
    private static final String FLOCKS = "flocks";
    private static final String AUTOSTART = "autostart";
    private static final Section ROOT = Section.of("", List.of(), SERVER, REPLICAS, API, REPORT, FLOCKS, AUTOSTART);

    private FleetFile() {}

    static FleetConfig read(Path file, Map<String, String> environment) {
        Problems problems = new Problems(file.toString());
        return read(file.toString(), text(file, problems), environment);
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

    static FleetConfig read(String name, String text, Map<String, String> environment) {
        Problems problems = new Problems(name);
        Node document = document(text, "'server: {url: …}' and 'flocks: [{name: …}]'", problems);
        Values root = Values.of(document, ROOT, "", problems);
        Optional<Target> server = ServerSection.read(root.part(SERVER, ServerSection.SERVER));
        ApiConfig api = ApiSection.read(root.part(API, ApiSection.API));
        Optional<ReplicasConfig> replicas =
                new ReplicasSection(root.part(REPLICAS, ReplicasSection.REPLICAS), environment).read(api);
        ReportConfig report = ReportSection.read(root.part(REPORT, ReportSection.REPORT));
        List<Flock> flocks = flocks(root);
        problems.refuseAny();
        return new FleetConfig(server.orElseThrow(), replicas.orElseThrow(), api, report, flocks);
    }

    private static List<Flock> flocks(Values root) {
        if (root.has(FLOCKS) && root.has(AUTOSTART)) {
            root.note(AUTOSTART, "is another name of 'flocks'; keep one of them");
        }
        Set<String> names = new HashSet<>();
        List<Flock> flocks = new ArrayList<>();
        for (Values values : root.parts(root.has(FLOCKS) ? FLOCKS : AUTOSTART, FlockSection.FLOCK)) {
            Optional<Flock> flock = new FlockSection(values).read();
            flock.map(Flock::name)
                    .filter(name -> !names.add(name))
                    .ifPresent(name ->
                            values.note(FlockSection.NAME.name(), "'%s' is taken by another flock".formatted(name)));
            flock.ifPresent(flocks::add);
        }
        return flocks;
    }

    static Flock flock(String text) {
        Problems problems = new Problems("flock");
        Node document = document(text, "the keys of a flock, such as 'name', 'count' and 'business'", problems);
        Optional<Flock> flock = new FlockSection(Values.of(document, FlockSection.FLOCK, "", problems)).read();
        problems.refuseAny();
        return flock.orElseThrow();
    }

    private static Node document(String text, String expected, Problems problems) {
        Optional<Node> document = Yaml.read(text, problems);
        problems.refuseAny();
        if (document.isEmpty()) {
            problems.add(0, "", "is empty; give " + expected);
        }
        problems.refuseAny();
        return document.orElseThrow();
    }
}
