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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Sends files, some at once; one that is refused does not keep the others from going. Each file gets a line, and the last line sums up.
 */
final class PatchUploads {
    private static final int MAX_JOBS = 16;

    private final Session session;
    private final boolean force;
    private final AtomicReference<@Nullable AdminException> worst = new AtomicReference<>();
    private final AtomicInteger added = new AtomicInteger();
    private final AtomicInteger unchanged = new AtomicInteger();

    PatchUploads(Session session, boolean force) {
        this.session = session;
        this.force = force;
    }

    /** Answers the exit code: 0 only if every file is a patch of the server now. */
    int send(List<Path> paths, int jobs) {
        if (jobs < 1 || jobs > MAX_JOBS) {
            throw AdminException.usage("--jobs '%d' is not from 1 to %d".formatted(jobs, MAX_JOBS));
        }
        Candidate.Selection selection = Candidate.of(paths);
        selection
                .skipped()
                .forEach(skipped -> refuse(
                        skipped.file().toString(),
                        AdminException.refused("not added: " + Problem.printable(skipped.reason()))));
        List<Candidate> candidates = selection.files();
        if (candidates.isEmpty()) {
            throw AdminException.usage(
                    "no patch in " + paths + ", expected files named livepatch-<kernel>-<version>-<arch>.tar.bz2");
        }
        if (session.surroundings().terminal().isEmpty()) {
            sendAll(candidates, jobs, bytes -> {});
        } else {
            try (ProgressBar bar = bar(candidates)) {
                sendAll(candidates, jobs, bar::stepBy);
            }
        }
        int left = candidates.size() + selection.skipped().size() - added.get() - unchanged.get();
        say(
                session.surroundings().out(),
                "added %d, unchanged %d, refused %d".formatted(added.get(), unchanged.get(), left));
        session.saySeenBy();
        AdminException fault = worst.get();
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
            if (api.seenBy().isPresent()) {
                api.askUnits();
            }
            return api;
        });
    }

    private void send(AdminApi api, Candidate candidate, LongConsumer listener) {
        AdminException before = worst.get();
        if (before != null && before.isLoggedOut()) {
            return;
        }
        try {
            Upload upload = Upload.of(candidate.name(), candidate.file(), force, listener);
            AdminApi.Uploaded uploaded = api.upload(upload);
            (uploaded.created() ? added : unchanged).incrementAndGet();
            report(candidate, upload, uploaded);
        } catch (AdminException e) {
            refuse(candidate.name().fileName(), e);
        } catch (UncheckedIOException e) {
            refuse(candidate.name().fileName(), AdminException.refused(String.valueOf(e.getMessage())));
        }
    }

    private void report(Candidate candidate, Upload upload, AdminApi.Uploaded uploaded) {
        String outcome = uploaded.created() ? "added" : "was there already";
        JsonNode contents = uploaded.patch().path("contents");
        say(
                session.surroundings().out(),
                "%s %s, sha256 %s%s".formatted(candidate.name(), outcome, upload.digest(), modules(contents)));
        contents.path("unusual")
                .forEach(one -> say(
                        session.surroundings().err(),
                        "livepatch-admin: %s: unusual: %s"
                                .formatted(candidate.name(), Problem.printable(one.asString("")))));
    }

    /** {@code , kernel 5.15.0-107-generic, amd64, signed} of each module. */
    private static String modules(JsonNode contents) {
        StringBuilder text = new StringBuilder();
        contents.path("modules")
                .forEach(module -> text.append(", kernel ")
                        .append(Problem.printable(module.path("kernel").asString("unknown")))
                        .append(", ")
                        .append(Problem.printable(module.path("architecture").asString("unknown")))
                        .append(module.path("signed").asBoolean(false) ? ", signed" : ", not signed"));
        return text.toString();
    }

    private void refuse(String what, AdminException why) {
        say(
                session.surroundings().err(),
                "livepatch-admin: %s: %s".formatted(Problem.printable(what), why.getMessage()));
        worst.accumulateAndGet(why, PatchUploads::worse);
    }

    private static @Nullable AdminException worse(@Nullable AdminException one, @Nullable AdminException other) {
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
            throw AdminException.notReached("interrupted during uploads", e);
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

    /** A file to be sent, and the patch that its name says it is. */
    record Candidate(PatchName name, Path file) {

        /** Files that the command line names: those to send, and those of a folder that cannot be sent. */
        record Selection(List<Candidate> files, List<Skipped> skipped) {}

        /** A file in a folder that is not sent. */
        record Skipped(Path file, String reason) {}

        /**
         * All files in these folders, and these files.
         *
         * @throws InvalidNameException if a file that was named itself has not the name of a patch; nothing was sent then
         */
        static Selection of(List<Path> paths) {
            List<Candidate> files = new ArrayList<>();
            List<Skipped> skipped = new ArrayList<>();
            for (Path path : paths) {
                if (Files.isDirectory(path)) {
                    inFolder(path).forEach(file -> select(file, files, skipped));
                } else if (Files.exists(path)) {
                    files.add(named(path));
                } else {
                    throw AdminException.usage("there is no file '%s'".formatted(Problem.printable(path.toString())));
                }
            }
            return new Selection(files, skipped);
        }

        private static void select(Path file, List<Candidate> files, List<Skipped> skipped) {
            if (!Files.isRegularFile(file)) {
                skipped.add(new Skipped(file, "not a file; name a folder itself to add what is in it"));
                return;
            }
            try {
                files.add(named(file));
            } catch (InvalidNameException e) {
                skipped.add(new Skipped(file, String.valueOf(e.getMessage())));
            }
        }

        private static List<Path> inFolder(Path folder) {
            try (Stream<Path> files = Files.list(folder)) {
                return files.sorted().toList();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list folder '" + folder + "': " + e, e);
            }
        }

        private static Candidate named(Path file) {
            return new Candidate(PatchName.parse(String.valueOf(file.getFileName())), file);
        }
    }
}
