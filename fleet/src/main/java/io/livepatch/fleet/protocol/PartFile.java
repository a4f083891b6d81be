package io.livepatch.fleet.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.livepatch.common.file.AtomicFile;
import io.livepatch.common.file.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A partial download on disk, kept across runs, with the ETag of its bytes:
 *
 * <pre>
 * livepatch-….tar.bz2.&lt;16 digits of the sha256&gt;.part         bytes so far
 * livepatch-….tar.bz2.&lt;16 digits of the sha256&gt;.part.etag    the value of If-Range for the rest
 * livepatch-….tar.bz2                                        the verified patch
 * </pre>
 *
 * Locked while open. Writes and {@link #close} are mutually exclusive: a cancelled exchange may still deliver a last buffer.
 */
final class PartFile implements PatchSink, AutoCloseable {
    private final Path directory;
    private final Path part;
    private final Path etagFile;
    private final Path target;
    private final FileChannel channel;

    private PartFile(Path directory, Path part, Path target, FileChannel channel) {
        this.directory = directory;
        this.part = part;
        this.etagFile = part.resolveSibling(part.getFileName() + ".etag");
        this.target = target;
        this.channel = channel;
    }

    /** Opens or creates the partial file of a patch, and deletes the partial files of other bytes with the same patch name. */
    static PartFile open(Path directory, OfferedPatch patch) throws IOException {
        String fileName = patch.name().fileName();
        Path part = directory.resolve(fileName + "." + patch.sha256().substring(0, 16) + ".part");
        FileChannel channel = FileChannel.open(
                part,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                AtomicFile.PRIVATE);
        try {
            lock(part, channel);
            deleteOthers(directory, fileName, part);
            channel.position(channel.size());
            return new PartFile(directory, part, directory.resolve(fileName), channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void lock(Path part, FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw new FileSystemException(part.toString(), null, "another download of this patch is running");
        }
        throw new FileSystemException(part.toString(), null, "another process is downloading this patch");
    }

    private static void deleteOthers(Path directory, String fileName, Path part) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                boolean stale = name.startsWith(fileName + ".")
                        && !name.startsWith(part.getFileName().toString());
                if (stale && (name.endsWith(".part") || name.endsWith(".part.etag"))) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    @Override
    public synchronized long size() throws IOException {
        return channel.size();
    }

    @Override
    public String location() {
        return directory.toString();
    }

    @Override
    public Optional<String> etag() throws IOException {
        if (size() == 0 || !Files.isRegularFile(etagFile, LinkOption.NOFOLLOW_LINKS) || Files.size(etagFile) > 1000) {
            return Optional.empty();
        }
        return PatchSink.strong(Optional.of(Files.readString(etagFile, US_ASCII)));
    }

    @Override
    public synchronized void restart(Optional<String> etag) throws IOException {
        channel.truncate(0);
        Files.deleteIfExists(etagFile);
        Optional<String> strong = PatchSink.strong(etag);
        if (strong.isPresent()) {
            Files.writeString(etagFile, strong.get(), US_ASCII, StandardOpenOption.CREATE_NEW);
        }
    }

    /** Appends, or does nothing after {@link #close}. */
    @Override
    public synchronized void append(ByteBuffer bytes) throws IOException {
        while (channel.isOpen() && bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public boolean matches(OfferedPatch patch) throws IOException {
        return matches(part, patch);
    }

    /** Whether it is a plain file of the announced size and digest. */
    static boolean matches(Path file, OfferedPatch patch) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == patch.size()
                && Digests.hex(file).equals(patch.sha256());
    }

    /** Syncs the file and moves it atomically to the name of the patch. */
    synchronized Path finish() throws IOException {
        channel.force(true);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(etagFile);
        AtomicFile.syncDirectory(directory);
        return target;
    }

    @Override
    public void discard() throws IOException {
        Files.deleteIfExists(part);
        Files.deleteIfExists(etagFile);
    }

    @Override
    public synchronized void close() throws IOException {
        channel.close();
    }
}
