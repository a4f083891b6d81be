package io.livepatch.charm.juju;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit.Secrets;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.common.file.FileTrees;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The secrets of an application or of a unit. Those of an application can be read by each of its units; only its leader learns their
 * ids and revisions, and lists them.
 *
 * <p>Unlike a relation's bag a secret is written at once, because Juju chooses its id. Juju drops the write if the hook fails; a
 * secret that was made before a charm was blocked stays, and is found by its label in the next hook.
 */
final class JujuSecrets implements Secrets {
    /** Labels of one unit's own secrets and of its application's are in one name space. */
    private static final String UNIT_PREFIX = "unit.";

    private final HookTools tools;
    private final boolean ofUnit;
    private final boolean leader;
    private final Path scratch;
    private final Map<String, Optional<Owned>> known = new HashMap<>();

    /**
     * The secrets of one owner.
     *
     * @param ofUnit whether the owner is the unit, not the application
     * @param scratch a directory that exists while a secret is written
     */
    JujuSecrets(HookTools tools, boolean ofUnit, boolean leader, Path scratch) {
        this.tools = tools;
        this.ofUnit = ofUnit;
        this.leader = leader;
        this.scratch = scratch;
    }

    private String jujuLabel(String label) {
        return ofUnit ? UNIT_PREFIX + label : label;
    }

    private boolean writable() {
        return ofUnit || leader;
    }

    /** For a unit that is not the leader, the id of an application's secret is empty and its revision 0. */
    @Override
    public Optional<Owned> find(String label) {
        return known.computeIfAbsent(label, this::read);
    }

    private Optional<Owned> read(String label) {
        // The owner never has to track a revision.
        return tools.find("secret-get", "--label", jujuLabel(label), "--peek")
                .map(HookTools::texts)
                .map(content -> {
                    Map<String, Owned> info = writable()
                            ? info(content, "--label", jujuLabel(label))
                            : Map.of(label, new Owned("", 0, content));
                    return info.values().iterator().next();
                });
    }

    private Map<String, Owned> info(Map<String, String> content, String... which) {
        Map<String, Owned> all = new HashMap<>();
        tools.read("secret-info-get", which)
                .forEachEntry((id, info) -> all.put(
                        info.path("label").asString(""),
                        new Owned(scheme(id), info.path("revision").asInt(0), content)));
        return all;
    }

    /** Tools print ids with or without the scheme. */
    private static String scheme(String id) {
        return id.startsWith("secret:") ? id : "secret:" + id;
    }

    @Override
    public String put(String label, Map<String, String> content) {
        requireWritable(label);
        Optional<Owned> before = find(label);
        if (before.filter(secret -> secret.content().equals(content)).isPresent()) {
            return before.get().id();
        }
        String id = written(label, before, content);
        known.put(label, Optional.of(new Owned(id, before.map(Owned::revision).orElse(0) + 1, content)));
        return id;
    }

    /** The content is handed over in files: arguments can be seen by every user of the machine, and no tool reads it from stdin. */
    private String written(String label, Optional<Owned> before, Map<String, String> content) {
        List<String> arguments = new ArrayList<>(before.map(secret -> List.of(secret.id()))
                .orElse(List.of("--label", jujuLabel(label), "--owner", ofUnit ? "unit" : "application")));
        // A hook that was killed may have left them.
        FileTrees.delete(scratch);
        try {
            PrivateFile.directory(scratch, "rwx------");
            content.forEach((key, value) -> {
                PrivateFile.write(scratch.resolve(key), value);
                arguments.add(key + "#file=" + scratch.resolve(key));
            });
            String output =
                    tools.write(before.isPresent() ? "secret-set" : "secret-add", arguments.toArray(String[]::new));
            return before.map(Owned::id).orElseGet(() -> scheme(output));
        } finally {
            FileTrees.delete(scratch);
        }
    }

    @Override
    public void grant(String id, int relation) {
        requireWritable(id);
        tools.write("secret-grant", id, "-r", String.valueOf(relation));
    }

    @Override
    public void remove(String label) {
        requireWritable(label);
        find(label).ifPresent(secret -> tools.write("secret-remove", secret.id()));
        known.put(label, Optional.empty());
    }

    /** None for a unit that is not the leader, of its application's. */
    @Override
    public List<String> labels() {
        List<String> labels = new ArrayList<>();
        for (String id : HookTools.list(tools.read("secret-ids"))) {
            labels.addAll(info(Map.of(), id).keySet());
        }
        known.forEach((label, secret) -> {
            labels.remove(jujuLabel(label));
            if (secret.isPresent()) {
                labels.add(jujuLabel(label));
            }
        });
        return labels.stream()
                .filter(label -> label.startsWith(UNIT_PREFIX) == ofUnit)
                .map(label -> ofUnit ? label.substring(UNIT_PREFIX.length()) : label)
                .toList();
    }

    private void requireWritable(String secret) {
        if (!writable()) {
            throw new CharmException("cannot write secret '" + secret + "' of the application: not the leader");
        }
    }
}
