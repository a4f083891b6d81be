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
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The layout of a cache on disk: paths of entries, and listings. Only this class turns a digest into a path. */
record CacheDirectory(Path root) {
    private static final Pattern ENTRY = Pattern.compile("(?<digest>[0-9a-f]{64})");
    private static final Pattern TICKET = Pattern.compile("(?<digest>[0-9a-f]{64})\\.[0-9a-f-]{36}");

    Path lockFile() {
        return root.resolve(".lock");
    }

    Path incoming() {
        return root.resolve("incoming");
    }

    Path entry(Sha256 sha256) {
        return root.resolve(sha256.hex());
    }

    /** A new name for something on its way in. */
    Path ticket(Sha256 sha256) {
        return incoming().resolve(sha256.hex() + "." + UUID.randomUUID());
    }

    /** Creates what is missing of it. */
    void create() throws IOException {
        Disk.createDirectories(root);
        Disk.createDirectories(incoming());
    }

    FileContent open(Patch patch) throws IOException {
        return FileContent.open(patch.name(), entry(patch.sha256()), patch.sha256());
    }

    /** What tells a file from another one under the same name: its device and inode. */
    static Object key(Path file) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(file, BasicFileAttributes.class).fileKey(), "no inode numbers here");
    }

    Instant used(Sha256 sha256) throws IOException {
        return Files.getLastModifiedTime(entry(sha256)).toInstant();
    }

    void use(Sha256 sha256, Instant now) throws IOException {
        Files.setLastModifiedTime(entry(sha256), FileTime.from(now));
    }

    /** Makes another version of an entry's file without a change in when it was last used: the cache's order of eviction stays. */
    void renew(Sha256 sha256) throws IOException {
        Path file = entry(sha256);
        FileTime used = Files.getLastModifiedTime(file);
        Files.setLastModifiedTime(file, FileTime.from(used.toInstant().plus(1, ChronoUnit.MICROS)));
    }

    boolean remove(Sha256 sha256) throws IOException {
        return Files.deleteIfExists(entry(sha256));
    }

    /** All entries. */
    EvictionPlan stock() throws IOException {
        return new EvictionPlan(files(root, ENTRY));
    }

    /** What is on its way in: each file is as long as it will be. */
    EvictionPlan arriving() throws IOException {
        return new EvictionPlan(files(incoming(), TICKET));
    }

    /** Removes what was being filled by processes that are gone. */
    void sweep(ProcessLocks processLocks) throws IOException {
        for (EvictionPlan.Entry arriving : files(incoming(), TICKET)) {
            Optional<FileLock> abandoned = processLocks.claim(arriving.sha256());
            if (abandoned.isPresent()) {
                try (FileLock _ = abandoned.get()) {
                    Files.deleteIfExists(arriving.file());
                }
            }
        }
    }

    /** Removes files that a process which had the claim on these bytes before has left behind. */
    void sweep(Sha256 sha256) throws IOException {
        for (EvictionPlan.Entry arriving : files(incoming(), TICKET)) {
            if (arriving.sha256().equals(sha256)) {
                Files.deleteIfExists(arriving.file());
            }
        }
    }

    private static List<EvictionPlan.Entry> files(Path directory, Pattern name) throws IOException {
        List<EvictionPlan.Entry> entries = new ArrayList<>();
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

    private static Optional<EvictionPlan.Entry> entry(Path file, Sha256 sha256) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return Optional.of(new EvictionPlan.Entry(
                    file,
                    sha256,
                    attributes.size(),
                    attributes.lastModifiedTime().toInstant()));
        } catch (NoSuchFileException e) {
            // Evicted, or published, since it was listed.
            return Optional.empty();
        }
    }
}
