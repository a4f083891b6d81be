package io.livepatch.fleet.config;

import io.livepatch.common.config.Secret;
import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;

/** Option values that are read from a file. No error quotes the path, since a user may give the secret in its place. */
final class FileValue {
    private FileValue() {}

    record Authorities(CaBundle bundle) {
        static Authorities parse(String path) {
            return new Authorities(read(path, CaBundle::parse));
        }
    }

    record Token(Secret secret) {
        static Token parse(String path) {
            return new Token(read(path, Credentials::token));
        }
    }

    record Password(Secret secret) {
        static Password parse(String path) {
            return new Password(read(path, Secret::new));
        }
    }

    private static <T> T read(String path, Function<String, T> parse) {
        String text;
        try {
            text = Files.readString(Path.of(path)).strip();
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException("names a file that cannot be read", e);
        }
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("names a file that cannot be used: " + e.getMessage(), e);
        }
    }
}
