package io.livepatch.charm.juju;

import io.livepatch.charm.juju.FakeModel.ApplicationData;
import io.livepatch.charm.juju.FakeModel.End;
import io.livepatch.charm.juju.FakeModel.RelationData;
import io.livepatch.charm.juju.FakeModel.SecretData;
import io.livepatch.charm.juju.FakeModel.UnitData;
import io.livepatch.common.file.FileTrees;
import io.livepatch.testing.JavaCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A model of Juju in the test's process, with real processes of the charms: each hook is a process that sees the model through hook
 * tools only, and whose writes are applied when it has ended with exit code 0. One hook runs at a time, as on one machine of Juju.
 * Events follow from changes, in the order of the changes; a unit's own writes cause none for itself.
 */
final class FakeJuju implements AutoCloseable {
    private static final List<String> JUJU_KEYS = List.of("ingress-address", "private-address", "egress-subnets");

    final FakeModel model = new FakeModel();
    private final Path root;
    private final String subnet;
    private final HookToolServer server;
    private final SequencedSet<Event> queue = new LinkedHashSet<>();
    private int addresses;
    /** All calls of tools in hooks, with their arguments. */
    final List<String> calls = new ArrayList<>();

    /**
     * A hook that a unit is to run.
     *
     * @param relation 0 without one
     * @param secret empty text without one
     */
    record Event(
            String unit, String hook, int relation, String remoteUnit, String departing, String secret, int revision) {
        static Event of(String unit, String hook) {
            return new Event(unit, hook, 0, "", "", "", 0);
        }

        static Event of(String unit, String hook, SecretData secret, int revision) {
            return new Event(unit, hook, 0, "", "", "secret:" + secret.id, revision);
        }
    }

    /** How a hook or action ended. */
    record Ended(
            String what,
            int exit,
            Map<String, String> results,
            Optional<String> failure,
            List<String> log,
            List<String> calls,
            String output) {
        Ended expectSuccess() {
            if (exit != 0) {
                throw new AssertionError(this.toString());
            }
            return this;
        }

        @Override
        public String toString() {
            return what + " ended with " + exit + " " + failure + "\n" + String.join("\n", log) + "\n" + output;
        }
    }

    /** A model whose units have addresses like {@code 127.0.89.1}. */
    FakeJuju(String subnet) throws IOException {
        this.subnet = subnet;
        // A short path for sockets, which the user postgres can enter.
        root = Files.createTempDirectory(Path.of("/tmp"), "jj");
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
        server = new HookToolServer(Files.createDirectory(root.resolve("tools")));
    }

    Path unitDirectory(String unit) {
        return root.resolve("u").resolve(unit.replace('/', '-'));
    }

    // ---- what an operator does

    void deploy(String charm, String application) {
        model.applications.put(application, new ApplicationData(charm));
        String peers = charmMetadata(charm).replaceFirst("(?s).*\\npeers:\\s+([a-z-]+):.*", "$1");
        model.relations.put(++model.lastId, new RelationData(List.of(new End(application, peers))));
        addUnit(application);
    }

    String addUnit(String application) {
        ApplicationData data = model.applications.get(application);
        String unit = application + "/"
                + (data.units.isEmpty()
                        ? 0
                        : Integer.parseInt(data.units.lastKey().split("/", -1)[1]) + 1);
        data.units.put(unit, new UnitData(subnet + "." + ++addresses));
        installCharm(unit, data.charm);
        queue.add(Event.of(unit, "install"));
        model.relations.keySet().forEach(id -> join(id, unit));
        if (data.leader.isEmpty()) {
            data.leader = unit;
        }
        queue.add(Event.of(unit, data.leader.equals(unit) ? "leader-elected" : "leader-settings-changed"));
        queue.add(Event.of(unit, "config-changed"));
        queue.add(Event.of(unit, "start"));
        return unit;
    }

    int relate(String application, String endpoint, String otherApplication, String otherEndpoint) {
        RelationData relation =
                new RelationData(List.of(new End(application, endpoint), new End(otherApplication, otherEndpoint)));
        model.relations.put(++model.lastId, relation);
        int id = model.lastId;
        relation.ends.forEach(
                end -> model.applications.get(end.application()).units.keySet().forEach(unit -> join(id, unit)));
        return id;
    }

    /** The unit enters the scope of a relation of its application. */
    private void join(int id, String unit) {
        RelationData relation = model.relations.get(id);
        if (relation.end(unit).isEmpty()) {
            return;
        }
        String address = model.unit(unit).address;
        JUJU_KEYS.forEach(key -> relation.bag(unit).put(key, key.equals("egress-subnets") ? address + "/32" : address));
        queue.add(relationEvent(unit, "created", id, ""));
        for (String other : model.applications.get(relation.remote(unit)).units.keySet()) {
            if (!other.equals(unit) && relation.bags.containsKey(other)) {
                queue.add(relationEvent(unit, "joined", id, other));
                queue.add(relationEvent(unit, "changed", id, other));
                queue.add(relationEvent(other, "joined", id, unit));
                queue.add(relationEvent(other, "changed", id, unit));
            }
        }
        if (!relation.peers() && relation.bags.containsKey(relation.remote(unit))) {
            queue.add(relationEvent(unit, "changed", id, ""));
        }
    }

    private Event relationEvent(String unit, String kind, int id, String remoteUnit) {
        String endpoint = model.relations.get(id).end(unit).orElseThrow().endpoint();
        return new Event(unit, endpoint + "-relation-" + kind, id, remoteUnit, "", "", 0);
    }

    /** An application of another charm, which has published this in its own bag. */
    int relateForeign(String application, String endpoint, Map<String, String> bag) {
        ApplicationData foreign = new ApplicationData("foreign");
        model.applications.put("foreign", foreign);
        int id = relate(application, endpoint, "foreign", endpoint);
        model.relations.get(id).bag("foreign").putAll(bag);
        model.applications.get(application).units.keySet().forEach(unit -> changed(id, unit, ""));
        return id;
    }

    void config(String application, String option, Object value) {
        ApplicationData data = model.applications.get(application);
        data.config.put(option, value);
        data.units.keySet().forEach(unit -> queue.add(Event.of(unit, "config-changed")));
    }

    /** Another unit becomes the leader; the old one is not told, as in Juju. */
    void elect(String unit) {
        model.application(unit).leader = unit;
        queue.add(Event.of(unit, "leader-elected"));
    }

    /** Only marks the unit: what Juju does first, and what {@code goal-state} shows. */
    void markDying(String unit) {
        model.unit(unit).dying = true;
        ApplicationData application = model.application(unit);
        if (application.leader.equals(unit)) {
            application.units.entrySet().stream()
                    .filter(other -> !other.getValue().dying)
                    .findFirst()
                    .ifPresent(other -> elect(other.getKey()));
        }
    }

    /** Queues the hooks of a unit that is removed, and those of the remaining ones. */
    void removeUnit(String unit) {
        markDying(unit);
        model.relations.forEach((id, relation) -> relation.end(unit).ifPresent(end -> {
            NavigableSet<String> members = model.unit(unit).members.getOrDefault(id, new TreeSet<>());
            members.forEach(
                    other -> queue.add(new Event(unit, end.endpoint() + "-relation-departed", id, other, unit, "", 0)));
            if (!relation.peers()) {
                queue.add(relationEvent(unit, "broken", id, ""));
            }
            members.forEach(other -> queue.add(new Event(
                    other,
                    relation.end(other).orElseThrow().endpoint() + "-relation-departed",
                    id,
                    unit,
                    unit,
                    "",
                    0)));
        }));
        queue.add(Event.of(unit, "stop"));
        queue.add(Event.of(unit, "remove"));
    }

    // ---- what Juju does

    /** Runs all queued hooks, and those that follow. */
    void settle() {
        for (int hooks = 0; !queue.isEmpty(); hooks++) {
            if (hooks > 300) {
                throw new AssertionError("hooks never end; next: " + queue);
            }
            run(queue.removeFirst()).expectSuccess();
        }
    }

    /** Runs {@code update-status} once on every unit, and what follows. */
    void updateStatus() {
        List.copyOf(model.applications.values()).stream()
                .flatMap(application -> application.units.keySet().stream())
                .toList()
                .forEach(unit -> queue.add(Event.of(unit, "update-status")));
        settle();
    }

    Ended hook(String unit, String hook) {
        return run(Event.of(unit, hook));
    }

    Ended run(Event event) {
        UnitData unit = model.unit(event.unit());
        if (unit == null) {
            return new Ended(event + " of a removed unit", 0, Map.of(), Optional.empty(), List.of(), List.of(), "");
        }
        Map<String, String> environment = new TreeMap<>(Map.of("JUJU_HOOK_NAME", event.hook()));
        if (event.relation() != 0) {
            RelationData relation = model.relations.get(event.relation());
            tell(unit, event);
            environment.put(
                    "JUJU_RELATION", relation.end(event.unit()).orElseThrow().endpoint());
            environment.put("JUJU_RELATION_ID", environment.get("JUJU_RELATION") + ":" + event.relation());
            environment.put("JUJU_REMOTE_APP", relation.remote(event.unit()));
            environment.put("JUJU_REMOTE_UNIT", event.remoteUnit());
            environment.put("JUJU_DEPARTING_UNIT", event.departing());
        }
        environment.put("JUJU_SECRET_ID", event.secret());
        environment.put("JUJU_SECRET_REVISION", event.revision() == 0 ? "" : String.valueOf(event.revision()));
        environment.values().removeIf(String::isEmpty);
        Ended ended = process(event.unit(), "hooks/" + event.hook(), environment, Map.of());
        if (event.hook().endsWith("-relation-broken")) {
            unit.members.remove(event.relation());
        }
        if (event.hook().equals("remove") && ended.exit() == 0) {
            model.application(event.unit()).units.remove(event.unit());
        }
        return ended;
    }

    /** What {@code relation-ids} and {@code relation-list} show from this hook on. */
    private static void tell(UnitData unit, Event event) {
        NavigableSet<String> members = unit.members.computeIfAbsent(event.relation(), _ -> new TreeSet<>());
        if (event.hook().endsWith("-joined")) {
            members.add(event.remoteUnit());
        } else if (event.hook().endsWith("-departed")) {
            members.remove(event.remoteUnit());
        }
    }

    Ended action(String unit, String action, Map<String, String> parameters) {
        return process(
                unit,
                "actions/" + action,
                Map.of("JUJU_ACTION_NAME", action, "JUJU_ACTION_UUID", String.valueOf(++model.lastId)),
                parameters);
    }

    private Ended process(
            String unit, String path, Map<String, String> variables, Map<String, String> actionParameters) {
        FakeHookTools tools = new FakeHookTools(model, unit, actionParameters);
        FakeModel before = model.copy();
        Path charm = agent(unit).resolve("charm");
        ProcessBuilder builder = new ProcessBuilder(charm.resolve("dispatch").toString())
                .directory(charm.toFile())
                .redirectErrorStream(true);
        // Juju inherits nothing.
        builder.environment().clear();
        builder.environment().putAll(variables);
        builder.environment().put("JUJU_DISPATCH_PATH", path);
        builder.environment().put("JUJU_UNIT_NAME", unit);
        builder.environment().put("JUJU_CHARM_DIR", charm.toString());
        builder.environment().put("JUJU_VERSION", "3.6.9");
        builder.environment().put("LANG", "C.UTF-8");
        server.addTo(builder.environment());
        try {
            Process process = builder.start();
            server.serve(tools, process);
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new AssertionError(unit + " " + path + " does not end: " + output);
            }
            int exit = process.exitValue();
            calls.addAll(tools.calls);
            if (exit == 0) {
                exit = commit(tools, before, unit);
            }
            if (exit != 0 && path.startsWith("hooks/")) {
                model.unit(unit).status = "error: hook failed: \"" + path.substring(6) + "\"";
            }
            return new Ended(
                    unit + " " + path, exit, tools.results, tools.failure, tools.log, List.copyOf(tools.calls), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private int commit(FakeHookTools tools, FakeModel before, String unit) {
        try {
            tools.commit();
        } catch (FakeHookTools.Refused e) {
            tools.log.add("ERROR " + e.getMessage());
            return 1;
        }
        model.relations.forEach((id, relation) -> {
            List<String> readers = new ArrayList<>(
                    model.applications.get(relation.remote(unit)).units.keySet());
            readers.remove(unit);
            if (!relation.bag(unit).equals(before.relations.get(id).bag(unit))) {
                readers.forEach(reader -> changed(id, reader, unit));
            }
            String application = FakeModel.applicationOf(unit);
            if (!relation.bag(application).equals(before.relations.get(id).bag(application))) {
                readers.forEach(reader -> changed(id, reader, ""));
            }
        });
        model.secrets.values().forEach(this::secretEvents);
        return 0;
    }

    private void secretEvents(SecretData secret) {
        secret.tracked.forEach((reader, revision) -> {
            if (revision < secret.contents.lastKey()) {
                queue.add(Event.of(reader, "secret-changed", secret, 0));
            }
        });
        String owner = secret.owner.contains("/") ? secret.owner : model.application(secret.owner).leader;
        secret.contents.headMap(secret.contents.lastKey()).keySet().stream()
                .filter(revision -> !secret.tracked.isEmpty() && !secret.tracked.containsValue(revision))
                .forEach(revision -> queue.add(Event.of(owner, "secret-remove", secret, revision)));
    }

    private void changed(int id, String reader, String remoteUnit) {
        UnitData data = model.unit(reader);
        if (model.relations.get(id).end(reader).isPresent()
                && data.members.containsKey(id)
                && (remoteUnit.isEmpty() || data.members.get(id).contains(remoteUnit))) {
            queue.add(relationEvent(reader, "changed", id, remoteUnit));
        }
    }

    // ---- the machine

    private Path agent(String unit) {
        return root.resolve("agents").resolve("unit-" + unit.replace('/', '-'));
    }

    private static String charmMetadata(String charm) {
        try (InputStream in = FakeJuju.class.getResourceAsStream("/charms/" + charm + "/metadata.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void installCharm(String unit, String charm) {
        Path directory = agent(unit).resolve("charm");
        try {
            Files.createDirectories(directory.resolve("bin"));
            Files.writeString(directory.resolve("metadata.yaml"), charmMetadata(charm));
            script(
                    directory.resolve("dispatch"),
                    "exec " + JavaCommand.quoted(JavaCommand.testProgram(DispatchMain.class, "-Xmx64m")) + " '"
                            + root.resolve("u") + "'");
            script(directory.resolve("bin/livepatch-server"), "exit 0");
            script(
                    directory.resolve("bin/livepatch-schema-tool"),
                    "psql -XAtq -c \"SELECT 'the schema of ' || current_user\" \"$LP_DATABASE_CONNECTION_STRING\"");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Kills the next hook with SIGKILL when it has called this tool. */
    void killAfter(@Nullable String tool) {
        server.killAfter(tool);
    }

    @Override
    public void close() throws IOException {
        server.close();
        ProcessServices.stopAllBelow(root.resolve("u"));
        FileTrees.delete(root);
    }
}
