package io.livepatch.server.admin;

import io.livepatch.common.file.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The operator's session tokens, one a server, in a file that nobody else can read. Replaced whole. */
final class TokenFile {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;

    TokenFile(Path directory) {
        this.file = directory.resolve("admin-token.json");
    }

    Optional<String> get(ServerUrl server) {
        return Optional.ofNullable(read().get(server.toString()));
    }

    void put(ServerUrl server, String token) {
        Map<String, String> tokens = read();
        tokens.put(server.toString(), token);
        write(tokens);
    }

    void remove(ServerUrl server) {
        Map<String, String> tokens = read();
        if (tokens.remove(server.toString()) != null) {
            write(tokens);
        }
    }

    private Map<String, String> read() {
        try {
            return new TreeMap<>(JSON.readValue(Files.readAllBytes(file), new TypeReference<Map<String, String>>() {}));
        } catch (NoSuchFileException e) {
            return new TreeMap<>();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '%s' (%s)".formatted(file, e), e);
        } catch (JacksonException e) {
            throw AdminException.refused("'%s' is damaged: delete it, then run livepatch-admin login".formatted(file));
        }
    }

    private void write(Map<String, String> tokens) {
        Path fresh = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.createDirectories(fresh.toAbsolutePath().getParent(), AtomicFile.PRIVATE_DIRECTORY);
            byte[] json = JSON.writeValueAsBytes(tokens);
            AtomicFile.write(file, fresh, out -> out.write(json), AtomicFile.PRIVATE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot write '%s' (%s): make room, or set LIVEPATCH_ADMIN_HOME".formatted(file, e), e);
        }
    }
}
