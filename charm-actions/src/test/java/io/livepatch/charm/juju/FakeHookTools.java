package io.livepatch.charm.juju;

import io.livepatch.charm.juju.FakeModel.RelationData;
import io.livepatch.charm.juju.FakeModel.SecretData;
import io.livepatch.charm.juju.FakeModel.UnitData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Juju's hook tools do in one hook: reads are the model as it was at the hook's beginning with the hook's own writes. Writes are
 * buffered, except for those that Juju makes at once. Not thread-safe.
 */
final class FakeHookTools {
    static final List<String> NAMES = List.of(
            "config-get",
            "is-leader",
            "relation-ids",
            "relation-list",
            "relation-get",
            "relation-set",
            "network-get",
            "open-port",
            "close-port",
            "opened-ports",
            "status-set",
            "application-version-set",
            "juju-log",
            "action-get",
            "action-set",
            "action-fail",
            "action-log",
            "goal-state",
            "state-get",
            "state-set",
            "state-delete",
            "secret-add",
            "secret-get",
            "secret-info-get",
            "secret-set",
            "secret-remove",
            "secret-grant",
            "secret-ids");

    private static final List<String> FLAGS_WITH_VALUE =
            List.of("-r", "--file", "--label", "--owner", "--revision", "-l");
    private static final String SECRET_KEY = "[a-z](-?[a-z0-9]){2,}";
    private static final String RESULT_KEY = "[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*";
    private static final JsonMapper JSON = new JsonMapper();

    private final FakeModel model;
    private final FakeModel view;
    private final String unit;
    private final String application;
    private final Map<String, String> actionParameters;
    private final List<Consumer<FakeModel>> writes = new ArrayList<>();
    private boolean writesForApplication;

    final Map<String, String> results = new LinkedHashMap<>();
    Optional<String> failure = Optional.empty();
    final List<String> log = new ArrayList<>();
    /** Each call with its arguments, which every user of a machine could see. */
    final List<String> calls = new ArrayList<>();

    /** A refusal, with Juju's message. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    FakeHookTools(FakeModel model, String unit, Map<String, String> actionParameters) {
        this.model = model;
        this.view = model.copy();
        this.unit = unit;
        this.application = FakeModel.applicationOf(unit);
        this.actionParameters = actionParameters;
    }

    /** Arguments of a tool: flags by name, the others in their order. */
    private record Arguments(Map<String, String> flags, List<String> others, String input) {
        static Arguments of(List<String> words, String input) {
            Map<String, String> flags = new HashMap<>();
            List<String> others = new ArrayList<>();
            for (int i = 0; i < words.size(); i++) {
                String word = words.get(i);
                if (word.equals("--")) {
                    others.addAll(words.subList(i + 1, words.size()));
                    break;
                } else if (FLAGS_WITH_VALUE.contains(word)) {
                    flags.put(word, words.get(++i));
                } else if (word.startsWith("-") && word.length() > 1) {
                    flags.put(word, "");
                } else {
                    others.add(word);
                }
            }
            return new Arguments(flags, others, input);
        }

        boolean has(String flag) {
            return flags.containsKey(flag);
        }

        int relation() {
            String id = flags.getOrDefault("-r", "");
            return Integer.parseInt(id.substring(id.indexOf(':') + 1));
        }

        Map<String, String> entries() {
            Map<String, String> entries = new TreeMap<>();
            JSON.readTree(input).forEachEntry((key, value) -> entries.put(key, value.asString()));
            return entries;
        }
    }

    /** Runs a tool and returns its output. */
    String run(String tool, List<String> words, String input) {
        calls.add(tool + " " + String.join(" ", words));
        Arguments arguments = Arguments.of(words, input);
        return switch (tool) {
            case "is-leader", "config-get", "network-get", "goal-state", "opened-ports", "action-get", "state-get" ->
                json(unitRead(tool));
            case "relation-ids", "relation-list", "relation-get" -> json(relationRead(tool, arguments));
            case "secret-get", "secret-info-get", "secret-ids" -> json(secretRead(tool, arguments));
            case "relation-set" -> relationSet(arguments);
            case "secret-add", "secret-set", "secret-remove", "secret-grant" -> secretWrite(tool, arguments);
            default -> unitWrite(tool, arguments);
        };
    }

    private static String json(Object answer) {
        return JSON.writeValueAsString(answer);
    }

    private Object unitRead(String tool) {
        UnitData own = view.unit(unit);
        return switch (tool) {
            case "is-leader" -> model.leader(unit);
            case "config-get" -> view.application(unit).config;
            case "network-get" ->
                Map.of(
                        "bind-addresses",
                        List.of(Map.of("interface-name", "lo", "addresses", List.of(Map.of("value", own.address)))),
                        "ingress-addresses",
                        List.of(own.address));
            case "goal-state" -> {
                Map<String, Object> units = new TreeMap<>();
                view.application(unit)
                        .units
                        .forEach((name, data) -> units.put(name, Map.of("status", data.dying ? "dying" : "active")));
                yield Map.of("units", units, "relations", Map.of());
            }
            // Juju does not show pending changes.
            case "opened-ports" -> model.unit(unit).ports;
            case "action-get" -> actionParameters;
            default -> own.state;
        };
    }

    private String unitWrite(String tool, Arguments arguments) {
        List<String> words = arguments.others();
        switch (tool) {
            case "status-set" -> {
                if (!List.of("maintenance", "blocked", "waiting", "active").contains(words.getFirst())) {
                    throw new Refused("invalid status \"" + words.getFirst()
                            + "\", expected one of [maintenance blocked waiting active]");
                }
                model.unit(unit).status = words.getFirst() + (words.get(1).isEmpty() ? "" : ": " + words.get(1));
            }
            case "application-version-set" -> model.unit(unit).version = words.getFirst();
            case "juju-log" -> log.add(arguments.flags().getOrDefault("-l", "INFO") + " " + words.getFirst());
            case "action-log" -> log.add("ACTION " + words.getFirst());
            case "action-fail" -> failure = Optional.of(words.getFirst());
            case "action-set" -> words.forEach(this::result);
            case "open-port" -> write(to -> to.unit(unit).ports.add(words.getFirst()));
            case "close-port" -> write(to -> to.unit(unit).ports.remove(words.getFirst()));
            case "state-set" -> write(to -> to.unit(unit).state.putAll(arguments.entries()));
            case "state-delete" -> write(to -> to.unit(unit).state.remove(words.getFirst()));
            default -> throw new Refused("unknown tool " + tool);
        }
        return "";
    }

    private void result(String pair) {
        int equals = pair.indexOf('=');
        if (!pair.substring(0, equals).matches(RESULT_KEY)) {
            throw new Refused(
                    "key \"" + pair.substring(0, equals) + "\" must start and end with lowercase alphanumeric");
        }
        results.put(pair.substring(0, equals), pair.substring(equals + 1));
    }

    private RelationData relation(Arguments arguments) {
        RelationData relation = view.relations.get(arguments.relation());
        if (relation == null || relation.end(unit).isEmpty()) {
            throw new Refused(
                    "invalid value \"" + arguments.flags().get("-r") + "\" for option -r: relation not found");
        }
        return relation;
    }

    private Object relationRead(String tool, Arguments arguments) {
        if (tool.equals("relation-ids")) {
            String endpoint = arguments.others().getFirst();
            return view.unit(unit).members.keySet().stream()
                    .filter(view.relations::containsKey)
                    .filter(id -> view.relations
                            .get(id)
                            .end(unit)
                            .orElseThrow()
                            .endpoint()
                            .equals(endpoint))
                    .map(id -> endpoint + ":" + id)
                    // Juju promises no order.
                    .sorted(java.util.Comparator.reverseOrder())
                    .toList();
        }
        RelationData relation = relation(arguments);
        if (tool.equals("relation-list")) {
            return arguments.has("--app")
                    ? relation.remote(unit)
                    : view.unit(unit).members.get(arguments.relation());
        }
        String member = arguments.others().getLast();
        if (member.equals(application) && !relation.peers() && !model.leader(unit)) {
            throw new Refused("permission denied");
        }
        return relation.bag(member);
    }

    private String relationSet(Arguments arguments) {
        relation(arguments);
        boolean forApplication = arguments.has("--app");
        if (forApplication && !model.leader(unit)) {
            throw new Refused("cannot write relation settings");
        }
        writesForApplication |= forApplication;
        String member = forApplication ? application : unit;
        Map<String, String> entries = arguments.entries();
        int id = arguments.relation();
        write(to -> Optional.ofNullable(to.relations.get(id)).ifPresent(it -> {
            it.bag(member).putAll(entries);
            it.bag(member).values().removeIf(String::isEmpty);
        }));
        return "";
    }

    private void write(Consumer<FakeModel> change) {
        change.accept(view);
        writes.add(change);
    }

    private Object secretRead(String tool, Arguments arguments) {
        if (tool.equals("secret-ids")) {
            return view.secrets.values().stream()
                    .filter(this::writable)
                    .map(secret -> secret.id)
                    .toList();
        }
        SecretData secret = secret(arguments);
        if (tool.equals("secret-info-get")) {
            if (!writable(secret)) {
                throw new Refused("permission denied");
            }
            return Map.of(
                    secret.id,
                    Map.of(
                            "revision",
                            secret.contents.lastKey(),
                            "label",
                            secret.label,
                            "owner",
                            secret.owner.equals(unit) ? "unit" : "application"));
        }
        boolean granted = secret.grants.stream()
                .map(view.relations::get)
                .anyMatch(relation -> relation != null && relation.end(unit).isPresent());
        if (!granted && !secret.owner.equals(unit) && !secret.owner.equals(application)) {
            throw new Refused("permission denied");
        }
        if (arguments.has("--peek")) {
            return secret.contents.lastEntry().getValue();
        }
        int revision = arguments.has("--refresh")
                ? secret.contents.lastKey()
                : secret.tracked.getOrDefault(unit, secret.contents.lastKey());
        write(to -> Optional.ofNullable(to.secrets.get(secret.id)).ifPresent(it -> it.tracked.put(unit, revision)));
        return secret.contents.get(revision);
    }

    private SecretData secret(Arguments arguments) {
        String label = arguments.flags().get("--label");
        Optional<SecretData> found = label == null
                ? Optional.ofNullable(
                        view.secrets.get(arguments.others().getFirst().replaceFirst("^secret:", "")))
                : view.secret(unit, label).or(() -> view.secret(application, label));
        return found.orElseThrow(() ->
                new Refused("secret \"" + (label == null ? arguments.others().getFirst() : label) + "\" not found"));
    }

    private boolean writable(SecretData secret) {
        return secret.owner.equals(unit) || (secret.owner.equals(application) && model.leader(unit));
    }

    private String secretWrite(String tool, Arguments arguments) {
        if (tool.equals("secret-add")) {
            return addSecret(arguments);
        }
        SecretData secret = secret(arguments);
        if (!writable(secret)) {
            throw new Refused("permission denied");
        }
        writesForApplication |= secret.owner.equals(application);
        switch (tool) {
            case "secret-set" -> {
                Map<String, String> content =
                        content(arguments.others().subList(1, arguments.others().size()));
                write(to -> to.secrets.get(secret.id).add(content));
            }
            case "secret-grant" -> {
                int relation = arguments.relation();
                write(to -> to.secrets.get(secret.id).grants.add(relation));
            }
            default -> {
                if (arguments.has("--revision")) {
                    int revision = Integer.parseInt(arguments.flags().get("--revision"));
                    write(to -> to.secrets.get(secret.id).contents.remove(revision));
                } else {
                    write(to -> to.secrets.remove(secret.id));
                }
            }
        }
        return "";
    }

    private String addSecret(Arguments arguments) {
        String owner = arguments.flags().getOrDefault("--owner", "application").equals("unit") ? unit : application;
        String label = arguments.flags().getOrDefault("--label", "");
        if (owner.equals(application) && !model.leader(unit)) {
            throw new Refused("this unit is not the leader");
        }
        if (view.secret(owner, label).isPresent()) {
            throw new Refused("secret with label \"" + label + "\" already exists");
        }
        writesForApplication |= owner.equals(application);
        String id = "s" + ++model.lastId + "0a1b2c3d";
        Map<String, String> content = content(arguments.others());
        write(to -> {
            SecretData secret = new SecretData(id, owner, label);
            secret.add(content);
            to.secrets.put(id, secret);
        });
        return "secret:" + id;
    }

    private static Map<String, String> content(List<String> pairs) {
        NavigableMap<String, String> content = new TreeMap<>();
        for (String pair : pairs) {
            String[] parts = pair.split("#file=", 2);
            if (parts.length != 2 || !parts[0].matches(SECRET_KEY)) {
                throw new Refused("key \"" + parts[0] + "\" not valid, or its value is an argument");
            }
            try {
                content.put(parts[0], Files.readString(Path.of(parts[1])));
            } catch (IOException e) {
                throw new Refused("cannot read " + parts[1]);
            }
        }
        return content;
    }

    /**
     * Applies the buffered writes to the model.
     *
     * @throws Refused if there are some for the application and another unit has become its leader; none is applied then
     */
    void commit() {
        if (writesForApplication && !model.leader(unit)) {
            throw new Refused("cannot write for application " + application + ": not the leader");
        }
        writes.forEach(change -> change.accept(model));
    }
}
