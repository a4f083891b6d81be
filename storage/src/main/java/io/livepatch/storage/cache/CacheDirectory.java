package io.livepatch.storage.cache;

import io.livepatch.storage.Patch;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.disk.Disk;
import io.livepatch.storage.disk.FileContent;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The layout of a cache on disk: paths, listings and file times. Only this class turns a digest into a path. */
record CacheDirectory(Path root) {
    private static final Pattern ENTRY = Pattern.compile("(?<digest>[0-9a-f]{64})");
    private static final Pattern STAGED = Pattern.compile("(?<digest>[0-9a-f]{64})\\.[0-9a-f-]{36}");

    Path lockFile() {
        return root.resolve(".lock");
    }

    Path incoming() {
        return root.resolve("incoming");
    }

    Path entry(Sha256 sha256) {
        return root.resolve(sha256.hex());
    }

    /** A unique path for a patch that is being written. */
    Path newStagingFile(Sha256 sha256) {
        return incoming().resolve(sha256.hex() + "." + UUID.randomUUID());
    }

    /** Creates the directories that are missing. */
    void create() throws IOException {
        Disk.createDirectories(root);
        Disk.createDirectories(incoming());
    }

    FileContent open(Patch patch) throws IOException {
        return FileContent.open(patch.name(), entry(patch.sha256()), patch.sha256());
    }

    Instant lastUsed(Sha256 sha256) throws IOException {
        return Files.getLastModifiedTime(entry(sha256)).toInstant();
    }

    void setLastUsed(Sha256 sha256, Instant now) throws IOException {
        Files.setLastModifiedTime(entry(sha256), FileTime.from(now));
    }

    /** Changes the version of an entry's file by a microsecond of its modification time, so that the eviction order stays. */
    void changeVersion(Sha256 sha256) throws IOException {
        Path file = entry(sha256);
        FileTime used = Files.getLastModifiedTime(file);
        Files.setLastModifiedTime(file, FileTime.from(used.toInstant().plus(1, ChronoUnit.MICROS)));
    }

    boolean remove(Sha256 sha256) throws IOException {
        return Files.deleteIfExists(entry(sha256));
    }

    LruList entries() throws IOException {
        return new LruList(files(root, ENTRY));
    }

    /** The files that are being filled; each has its final size from the start. */
    LruList staged() throws IOException {
        return new LruList(files(incoming(), STAGED));
    }

    /** Removes staged files whose process is dead: their digest is not locked. */
    void removeAbandoned(ProcessLocks processLocks) throws IOException {
        for (LruList.Entry staged : files(incoming(), STAGED)) {
            Optional<FileLock> abandoned = processLocks.tryLock(staged.sha256());
            if (abandoned.isPresent()) {
                try (FileLock _ = abandoned.get()) {
                    Files.deleteIfExists(staged.file());
                }
            }
        }
    }

    /** Removes the staged files of this digest. The caller holds the lock on the digest, so their process is dead. */
    void removeStaged(Sha256 sha256) throws IOException {
        for (LruList.Entry staged : files(incoming(), STAGED)) {
            if (staged.sha256().equals(sha256)) {
                Files.deleteIfExists(staged.file());
            }
        }
    }

    private static List<LruList.Entry> files(Path directory, Pattern name) throws IOException {
        List<LruList.Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Matcher matcher = name.matcher(file.getFileName().toString());
                if (matcher.matches()) {
                    entry(file, new Sha256(matcher.group("digest"))).ifPresent(entries::add);
                }
            }
            return entries;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static Optional<LruList.Entry> entry(Path file, Sha256 sha256) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return Optional.of(new LruList.Entry(
                    file,
                    sha256,
                    attributes.size(),
                    attributes.lastModifiedTime().toInstant()));
        } catch (NoSuchFileException e) {
            // Evicted or published after the directory was listed.
            return Optional.empty();
        }
    }
}
