package io.livepatch.server.admin;

import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.PatchName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Sends files, some at once; one that is refused does not keep the others from going. */
final class PatchUploads {
    private static final int MAX_JOBS = 16;

    private record Candidate(PatchName name, Path file) {}

    private final Session session;
    private final AtomicReference<@Nullable AdminFault> worst = new AtomicReference<>();

    PatchUploads(Session session) {
        this.session = session;
    }

    /** Answers the exit code. */
    int send(List<Path> files, int jobs) {
        if (jobs < 1 || jobs > MAX_JOBS) {
            throw AdminFault.usage("--jobs '%d' is not from 1 to %d".formatted(jobs, MAX_JOBS));
        }
        List<Candidate> candidates = candidates(files);
        if (session.surroundings().terminal().isEmpty()) {
            sendAll(candidates, jobs, bytes -> {});
        } else {
            try (ProgressBar bar = bar(candidates)) {
                sendAll(candidates, jobs, bar::stepBy);
            }
        }
        session.saySeenBy();
        AdminFault fault = worst.get();
        return fault == null ? 0 : fault.kind().exitCode();
    }

    private void sendAll(List<Candidate> candidates, int jobs, LongConsumer listener) {
        session.call(api -> {
            List<Future<?>> running = new ArrayList<>();
            try (ExecutorService threads =
                    Executors.newFixedThreadPool(jobs, Thread.ofVirtual().factory())) {
                candidates.forEach(candidate -> running.add(threads.submit(() -> send(api, candidate, listener))));
            }
            running.forEach(PatchUploads::rethrow);
            if (!api.seenBy().map(SeenBy::complete).orElse(true)) {
                api.get("/units");
            }
            return api;
        });
    }

    private void send(AdminApi api, Candidate candidate, LongConsumer listener) {
        AdminFault before = worst.get();
        if (before != null && before.isLoggedOut()) {
            return;
        }
        try {
            Upload upload = Upload.of(candidate.name(), candidate.file(), listener);
            String outcome = api.upload(upload) ? "added" : "was there already";
            say(session.surroundings().out(), "%s %s, sha256 %s".formatted(candidate.name(), outcome, upload.digest()));
        } catch (AdminFault e) {
            say(session.surroundings().err(), "livepatch-admin: %s: %s".formatted(candidate.name(), e.getMessage()));
            worst.accumulateAndGet(e, PatchUploads::worse);
        } catch (UncheckedIOException e) {
            say(session.surroundings().err(), "livepatch-admin: " + e.getMessage());
            worst.accumulateAndGet(AdminFault.refused(String.valueOf(e.getMessage())), PatchUploads::worse);
        }
    }

    private static @Nullable AdminFault worse(@Nullable AdminFault one, @Nullable AdminFault other) {
        return one == null || (other != null && other.kind().compareTo(one.kind()) > 0) ? other : one;
    }

    private static void say(PrintWriter where, String line) {
        where.println(line);
        where.flush();
    }

    private static void rethrow(Future<?> done) {
        try {
            done.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an upload failed in a way that nobody thought of", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw AdminFault.notReached("interrupted during uploads", e);
        }
    }

    /** What is a patch in a folder is taken; a file that was named and is none is an error, before anything is sent. */
    private List<Candidate> candidates(List<Path> files) {
        List<Candidate> found = new ArrayList<>();
        for (Path file : files) {
            if (Files.isDirectory(file)) {
                found.addAll(inFolder(file));
            } else {
                found.add(new Candidate(PatchName.parse(String.valueOf(file.getFileName())), file));
            }
        }
        if (found.isEmpty()) {
            throw AdminFault.usage(
                    "no patch in " + files + ", expected files named livepatch-<kernel>-<version>-<arch>.tar.bz2");
        }
        return found;
    }

    private static List<Candidate> inFolder(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().flatMap(PatchUploads::candidate).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list folder '" + folder + "': " + e, e);
        }
    }

    private static Stream<Candidate> candidate(Path file) {
        try {
            return Stream.of(new Candidate(PatchName.parse(String.valueOf(file.getFileName())), file));
        } catch (InvalidNameException e) {
            return Stream.empty();
        }
    }

    private static ProgressBar bar(List<Candidate> candidates) {
        long size = candidates.stream()
                .mapToLong(candidate -> candidate.file().toFile().length())
                .sum();
        return new ProgressBarBuilder()
                .setTaskName(
                        candidates.size() == 1
                                ? candidates.getFirst().name().fileName()
                                : candidates.size() + " patches")
                .setInitialMax(size)
                .setUnit(" KiB", 1024)
                .setStyle(ProgressBarStyle.ASCII)
                .build();
    }
}
