package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Secrets;
import io.livepatch.charm.model.SecretEntry;
import io.livepatch.charm.model.UnitInputs;
import io.livepatch.charm.model.Writes;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Secrets for the length of one call. */
final class LocalSecrets implements Secrets {
    private final UnitInputs unit;
    private final Writes writes;

    LocalSecrets(UnitInputs unit, Writes writes) {
        this.unit = unit;
        this.writes = writes;
    }

    @Override
    public Optional<Map<String, String>> read(String id) {
        SecretEntry secret = unit.secrets().get(id);
        return secret == null ? Optional.empty() : Optional.of(secret.content());
    }

    @Override
    public Optional<Owned> find(String label) {
        return writes.secretId(label)
                .flatMap(id ->
                        Optional.ofNullable(writes.secrets().get(id)).map(secret -> new Owned(id, secret.content())));
    }

    @Override
    public String put(String label, Map<String, String> content) {
        mustLead(label);
        return writes.putSecret(label, content);
    }

    @Override
    public void grant(String id, int relation) {
        mustLead(id);
        writes.grant(id, relation);
    }

    @Override
    public void remove(String label) {
        mustLead(label);
        writes.removeSecret(label);
    }

    @Override
    public List<String> labels() {
        return writes.secrets().values().stream().map(SecretEntry::label).toList();
    }

    private void mustLead(String secret) {
        if (!unit.leader()) {
            throw new CharmException(
                    "'" + unit.name() + "' cannot write secret '" + secret + "': it is not the leader");
        }
    }
}
