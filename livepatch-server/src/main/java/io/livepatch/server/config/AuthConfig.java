package io.livepatch.server.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.Secret;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Section {@code auth}. */
public record AuthConfig(@Option("operators with passwords") BasicConfig basic) {
    /** Those who can log in: none where basic authentication is off. */
    public List<BasicUser> users() {
        return basic.enabled() ? basic.users() : List.of();
    }

    /** Section {@code auth.basic}. */
    public record BasicConfig(
            @Option(value = "whether operators can log in", byDefault = "true")
            boolean enabled,

            @Option(
                    value =
                            "the same lines, character by character, on every unit: a unit that starts ends the sessions that were"
                                    + " made with other ones",
                    secret = true,
                    separator = "[,\\n]",
                    expected = "lines of 'htpasswd -nB USER', separated by commas or newlines")
            List<BasicUser> users)
            implements Checked {
        @Override
        public void check(Notes notes) {
            Set<String> names = new HashSet<>();
            users.stream()
                    .map(BasicUser::name)
                    .filter(name -> !names.add(name))
                    .forEach(
                            name -> notes.problem("users", "names user '" + name + "' twice", "keep one of the lines"));
        }
    }

    /**
     * One line of {@code htpasswd -B}.
     *
     * @param bcrypt the hash, {@code $2y$10$…}
     */
    public record BasicUser(String name, Secret bcrypt) {
        private static final Pattern LINE = Pattern.compile(
                "(?<name>[A-Za-z0-9._@-]{1,64}):(?<hash>\\$2[aby]\\$(?<cost>\\d\\d)\\$[./A-Za-z0-9]{53})");
        /** Above this a single log-in takes seconds of a core. */
        private static final int COST_MAX = 15;

        static BasicUser parse(String line) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("is not user:bcrypt-hash");
            }
            int cost = Integer.parseInt(matcher.group("cost"));
            if (cost < 4 || cost > COST_MAX) {
                throw new IllegalArgumentException("has a bcrypt cost outside 4 to " + COST_MAX);
            }
            return new BasicUser(matcher.group("name"), new Secret(matcher.group("hash")));
        }
    }
}
