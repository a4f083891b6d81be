package io.livepatch.server.admin;

import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.PatchName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

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
