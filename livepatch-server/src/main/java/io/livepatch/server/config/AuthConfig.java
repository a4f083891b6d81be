package io.livepatch.server.config;

import java.util.List;

/**
 * Section {@code auth}.
 *
 * @param users empty where basic authentication is off: then nobody can log in
 */
public record AuthConfig(List<BasicUser> users) {
    public AuthConfig {
        users = List.copyOf(users);
    }

    /**
     * One line of {@code htpasswd -B}.
     *
     * @param bcrypt the hash, {@code $2y$10$…}
     */
    public record BasicUser(String name, Secret bcrypt) {}
}
