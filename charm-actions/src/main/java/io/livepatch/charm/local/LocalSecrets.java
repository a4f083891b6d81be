package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Secrets;
import io.livepatch.charm.model.PendingWrites;
import io.livepatch.charm.model.SecretRecord;
import io.livepatch.charm.model.UnitSnapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Secrets for the length of one call. */
final class LocalSecrets implements Secrets {
    private final UnitSnapshot unit;
    private final PendingWrites pendingWrites;

    LocalSecrets(UnitSnapshot unit, PendingWrites pendingWrites) {
        this.unit = unit;
        this.pendingWrites = pendingWrites;
    }

    @Override
    public Optional<Map<String, String>> read(String id) {
        SecretRecord secret = unit.secrets().get(id);
        return secret == null ? Optional.empty() : Optional.of(secret.content());
    }

    @Override
    public Optional<Owned> find(String label) {
        return pendingWrites
                .secretId(label)
                .flatMap(id -> Optional.ofNullable(pendingWrites.secrets().get(id))
                        .map(secret -> new Owned(id, secret.content())));
    }

    @Override
    public String put(String label, Map<String, String> content) {
        mustLead(label);
        return pendingWrites.putSecret(label, content);
    }

    @Override
    public void grant(String id, int relation) {
        mustLead(id);
        pendingWrites.grant(id, relation);
    }

    @Override
    public void remove(String label) {
        mustLead(label);
        pendingWrites.removeSecret(label);
    }

    @Override
    public List<String> labels() {
        return pendingWrites.secrets().values().stream()
                .map(SecretRecord::label)
                .toList();
    }

    private void mustLead(String secret) {
        if (!unit.leader()) {
            throw new CharmException(
                    "'" + unit.name() + "' cannot write secret '" + secret + "': it is not the leader");
        }
    }
}
