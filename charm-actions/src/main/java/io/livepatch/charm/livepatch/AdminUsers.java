package io.livepatch.charm.livepatch;

import at.favre.lib.crypto.bcrypt.BCrypt;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Secrets;
import io.livepatch.charm.exec.RandomPassword;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The administrators of the admin API as secrets of the application, unless the operator sets {@code auth.basic.users}. */
final class AdminUsers {
    static final String ADMIN = "admin";
    private static final String ADMIN_SECRET = "admin-password";
    private static final String USERS_SECRET = "basic-users";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,64}");
    /** bcrypt ignores further bytes. */
    private static final int MAX_PASSWORD_BYTES = 72;

    private static final int COST = 10;

    private final Unit unit;

    AdminUsers(Unit unit) {
        this.unit = unit;
    }

    Optional<String> adminPassword() {
        return unit.secrets().find(ADMIN_SECRET).map(secret -> secret.content().getOrDefault("password", ""));
    }

    /** The lines of {@code auth.basic.users} that the server reads; empty before the first administrator is created. */
    Optional<String> lines() {
        Optional<Secrets.Owned> admin = unit.secrets().find(ADMIN_SECRET);
        Optional<String> others =
                unit.secrets().find(USERS_SECRET).map(it -> it.content().getOrDefault("lines", ""));
        return admin.map(it -> it.content().getOrDefault("line", "")
                + others.filter(lines -> !lines.isEmpty())
                        .map(lines -> "," + lines)
                        .orElse(""));
    }

    void makeAdmin() {
        putAdmin(RandomPassword.random());
    }

    private void putAdmin(String password) {
        unit.secrets()
                .put(ADMIN_SECRET, Map.of("username", ADMIN, "password", password, "line", line(ADMIN, password)));
    }

    /** Replaces all users but admin by these, given as {@code name:password,…}, and returns their number. */
    int replace(String pairs) {
        Map<String, String> users = parse(pairs);
        List<String> lines = new ArrayList<>();
        users.forEach((name, password) -> {
            if (name.equals(ADMIN)) {
                putAdmin(password);
            } else {
                lines.add(line(name, password));
            }
        });
        unit.secrets().put(USERS_SECRET, Map.of("lines", String.join(",", lines)));
        return users.size();
    }

    /** Messages name users, never passwords. */
    static Map<String, String> parse(String pairs) {
        Map<String, String> users = new TreeMap<>();
        List<String> problems = new ArrayList<>();
        int number = 0;
        for (String pair : pairs.strip().split("[,\\n]", -1)) {
            number++;
            int colon = pair.indexOf(':');
            String name = colon < 0 ? "" : pair.substring(0, colon).strip();
            String password = pair.substring(colon + 1);
            if (!NAME.matcher(name).matches()) {
                problems.add("entry " + number + " is not name:password, with a name of letters, digits and '._@-'");
            } else if (password.isEmpty() || password.getBytes(StandardCharsets.UTF_8).length > MAX_PASSWORD_BYTES) {
                problems.add("the password of '" + name + "' is empty or longer than " + MAX_PASSWORD_BYTES + " bytes");
            } else if (users.put(name, password) != null) {
                problems.add("user '" + name + "' is named twice");
            }
        }
        if (!problems.isEmpty()) {
            throw new CharmException.Invalid("the users are refused", problems);
        }
        return users;
    }

    private static String line(String name, String password) {
        return name + ":" + BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(COST, password.toCharArray());
    }
}
