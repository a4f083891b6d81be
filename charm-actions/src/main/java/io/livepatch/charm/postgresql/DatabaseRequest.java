package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.Unit.Secrets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The database request of one relation of the interface {@code postgresql_client}, and the published answer.
 *
 * @param roles attributes of its user besides LOGIN
 * @param secrets whether the other side can read secrets; if not, credentials are published as plain text
 * @param secret the secret with its credentials; empty before its user is created
 * @param credentials the content of that secret
 * @param answer the published answer
 */
record DatabaseRequest(
        int relation,
        String database,
        List<String> roles,
        boolean secrets,
        Optional<String> secret,
        Map<String, String> credentials,
        Map<String, String> answer) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,62}");
    private static final List<String> KNOWN_ROLES =
            List.of("SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS");

    static List<DatabaseRequest> of(Unit unit) {
        return unit.relations("database").stream()
                .filter(relation -> relation.remoteApplicationBag().containsKey("database"))
                .map(relation -> of(unit, relation))
                .toList();
    }

    private static DatabaseRequest of(Unit unit, Relation relation) {
        Map<String, String> requested = relation.remoteApplicationBag();
        Optional<Secrets.Owned> secret = unit.secrets().find(label(relation.id()));
        return new DatabaseRequest(
                relation.id(),
                requested.getOrDefault("database", ""),
                Stream.of(requested.getOrDefault("extra-user-roles", "").split(",", -1))
                        .map(role -> role.strip().toUpperCase(Locale.ROOT))
                        .filter(role -> !role.isEmpty())
                        .toList(),
                requested.containsKey("requested-secrets"),
                secret.map(Secrets.Owned::id),
                secret.map(Secrets.Owned::content).orElse(Map.of()),
                relation.applicationBag());
    }

    static String label(int relation) {
        return "database." + relation + ".user.secret";
    }

    String user() {
        return "relation-" + relation;
    }

    /** Why the request cannot be fulfilled. */
    Optional<String> problem() {
        if (!NAME.matcher(database).matches()) {
            return Optional.of("relation " + relation + " asks for database '" + database
                    + "': letters, digits, '_' and '-', a letter first, at most 63");
        }
        return roles.stream()
                .filter(role -> !KNOWN_ROLES.contains(role))
                .findFirst()
                .map(role ->
                        "relation " + relation + " asks for extra-user-roles '" + role + "'; there is " + KNOWN_ROLES);
    }

    /** Address and port of the database server. */
    static String endpoint(PostgresqlConf settings) {
        return settings.address() + ":" + settings.port();
    }

    String uri() {
        return credentials.getOrDefault("uris", "");
    }

    /**
     * The entries to publish after its user is created; empty values remove those of the other form of credentials.
     *
     * @throws CharmException if it is not created yet
     */
    Map<String, String> publication(PostgresqlConf settings, String version) {
        Map<String, String> bag = new TreeMap<>();
        bag.put("database", database);
        bag.put("endpoints", endpoint(settings));
        bag.put("read-only-endpoints", endpoint(settings));
        bag.put("version", version);
        String id = secret.orElseThrow(() -> new CharmException("relation " + relation + " has no credentials yet"));
        bag.put("secret-user", secrets ? id : "");
        credentials.forEach((key, value) -> bag.put(key, secrets ? "" : value));
        return bag;
    }
}
