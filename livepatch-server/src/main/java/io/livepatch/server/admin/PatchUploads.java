package io.livepatch.server.admin;

import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.PatchName;
import java.io.IOException;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Uploads files, several at once. A refused file does not stop the others. Prints a line for each file and a summary. */
final class PatchUploads {
    private static final int MAX_JOBS = 16;

    private final CommandContext context;
    private final boolean force;
    private final AtomicReference<@Nullable AdminException> worst = new AtomicReference<>();
    private final AtomicInteger added = new AtomicInteger();
    private final AtomicInteger unchanged = new AtomicInteger();

    PatchUploads(CommandContext context, boolean force) {
        this.context = context;
        this.force = force;
    }

    /** Returns the exit code: 0 only if the server has every file. */
    int send(List<Path> paths, int jobs) {
        if (jobs < 1 || jobs > MAX_JOBS) {
            throw AdminException.usage("--jobs '%d' is not from 1 to %d".formatted(jobs, MAX_JOBS));
        }
        Candidate.Selection selection = Candidate.of(paths);
        selection
                .skipped()
                .forEach(skipped -> refuse(
                        skipped.file().toString(),
                        AdminException.refused("not added: " + TerminalText.printable(skipped.reason()))));
        List<Candidate> candidates = selection.files();
        if (candidates.isEmpty()) {
            throw AdminException.usage(
                    "no patch in " + paths + ", expected files named livepatch-<kernel>-<version>-<arch>.tar.bz2");
        }
        if (context.environment().terminal().isEmpty()) {
            sendAll(candidates, jobs, _ -> {});
        } else {
            try (ProgressBar bar = bar(candidates)) {
                sendAll(candidates, jobs, bar::stepBy);
            }
        }
        int refused = candidates.size() + selection.skipped().size() - added.get() - unchanged.get();
        print("added %d, unchanged %d, refused %d".formatted(added.get(), unchanged.get(), refused));
        context.printSeenBy();
        AdminException failure = worst.get();
        return failure == null ? 0 : failure.kind().exitCode();
    }

    private void sendAll(List<Candidate> candidates, int jobs, LongConsumer listener) {
        context.call(api -> {
            List<Future<?>> running = new ArrayList<>();
            try (ExecutorService threads =
                    Executors.newFixedThreadPool(jobs, Thread.ofVirtual().factory())) {
                candidates.forEach(candidate -> running.add(threads.submit(() -> send(api, candidate, listener))));
            }
            running.forEach(PatchUploads::rethrow);
            if (api.seenBy().isPresent()) {
                api.refreshSeenBy();
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
        String outcome = uploaded.created() ? "added" : "unchanged";
        JsonNode contents = uploaded.patch().path("contents");
        print("%s %s, sha256 %s%s".formatted(candidate.name(), outcome, upload.digest(), modules(contents)));
        contents.path("unusual")
                .forEach(one -> context.environment()
                        .printError("%s: unusual: %s"
                                .formatted(candidate.name(), TerminalText.printable(one.asString("")))));
    }

    /** {@code , kernel 5.15.0-107-generic, amd64, signed} of each module. */
    private static String modules(JsonNode contents) {
        return contents.path("modules")
                .valueStream()
                .map(module -> ", kernel "
                        + TerminalText.printable(module.path("kernel").asString("unknown"))
                        + ", "
                        + TerminalText.printable(module.path("architecture").asString("unknown"))
                        + (module.path("signed").asBoolean(false) ? ", signed" : ", not signed"))
                .collect(Collectors.joining());
    }

    private void refuse(String file, AdminException failure) {
        context.environment().printError("%s: %s".formatted(TerminalText.printable(file), failure.getMessage()));
        worst.accumulateAndGet(failure, PatchUploads::worse);
    }

    private static @Nullable AdminException worse(@Nullable AdminException one, @Nullable AdminException other) {
        return one == null || (other != null && other.kind().compareTo(one.kind()) > 0) ? other : one;
    }

    private void print(String line) {
        context.environment().out().println(line);
        context.environment().out().flush();
    }

    private static void rethrow(Future<?> done) {
        try {
            done.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an upload failed unexpectedly", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw AdminException.unreachable("interrupted during uploads", e);
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

    /** A file to upload, and the patch that its name identifies. */
    record Candidate(PatchName name, Path file) {

        /** The files of the command line: those to upload, and those of a folder that are no patches. */
        record Selection(List<Candidate> files, List<Skipped> skipped) {}

        /** A file of a folder that is not uploaded. */
        record Skipped(Path file, String reason) {}

        /**
         * These files, and all files of these folders.
         *
         * @throws InvalidNameException if a file that is named itself has not the name of a patch
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
                    throw AdminException.usage(
                            "there is no file '%s'".formatted(TerminalText.printable(path.toString())));
                }
            }
            return new Selection(files, skipped);
        }

        private static void select(Path file, List<Candidate> files, List<Skipped> skipped) {
            if (!Files.isRegularFile(file)) {
                skipped.add(new Skipped(file, "not a file; name the folder itself to add its files"));
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
