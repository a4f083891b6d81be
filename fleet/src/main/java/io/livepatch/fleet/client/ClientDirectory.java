package io.livepatch.fleet.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.common.file.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The directory of one machine: {@code state.json} (0600, replaced atomically), {@code patches/}, and the lock file that excludes
 * concurrent commands.
 */
final class ClientDirectory implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private final Path directory;
    private final FileChannel lock;

    private ClientDirectory(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /** The directory that the environment selects. */
    static Path path(Map<String, String> environment) {
        Optional<String> home = variable(environment, "LIVEPATCH_CLIENT_HOME");
        if (home.isPresent()) {
            return Path.of(home.get()).toAbsolutePath();
        }
        if (System.getProperty("user.name").equals("root")) {
            return Path.of("/var/lib/livepatch-client");
        }
        Path state = variable(environment, "XDG_STATE_HOME")
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "state"));
        return state.resolve("livepatch-client").toAbsolutePath();
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    /** Creates the directory if it is missing, and locks it. */
    static ClientDirectory open(Path directory) {
        try {
            Files.createDirectories(directory, AtomicFile.PRIVATE_DIRECTORY);
            try {
                Files.createDirectory(directory.resolve("patches"), AtomicFile.PRIVATE_DIRECTORY);
            } catch (FileAlreadyExistsException e) {
                // Created by an earlier command.
            }
            FileChannel channel = FileChannel.open(
                    directory.resolve("lock"),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    AtomicFile.PRIVATE);
            if (!locked(channel)) {
                channel.close();
                throw new ClientException("another livepatch-client uses '" + directory + "': wait until it has ended");
            }
            return new ClientDirectory(directory, channel);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot use directory '%s' (%s): run as the user that owns it, or set LIVEPATCH_CLIENT_HOME"
                            .formatted(directory, e),
                    e);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Reads the state without a lock, since it is replaced atomically. */
    static ClientState read(Path directory) {
        Path file = directory.resolve("state.json");
        try {
            return JSON.readValue(Files.readAllBytes(file), ClientState.class);
        } catch (NoSuchFileException e) {
            return ClientState.NEW;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '%s' (%s): run as the user that owns it".formatted(file, e), e);
        } catch (JacksonException e) {
            throw new ClientException(
                    "'%s' is damaged (%s): delete it, then run livepatch-client config and enable again"
                            .formatted(file, e.getOriginalMessage()),
                    e);
        }
    }

    ClientState read() {
        return read(directory);
    }

    /** Replaces the state durably. */
    void write(ClientState state) {
        Path file = directory.resolve("state.json");
        Path fresh = directory.resolve("state.json.new");
        try {
            byte[] json = JSON.writeValueAsBytes(state);
            AtomicFile.write(file, fresh, out -> out.write(json), AtomicFile.PRIVATE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot write '%s' (%s): free some space, or check its owner".formatted(file, e), e);
        }
    }

    Path patches() {
        return directory.resolve("patches");
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the lock of '" + directory + "'", e);
        }
    }
}
