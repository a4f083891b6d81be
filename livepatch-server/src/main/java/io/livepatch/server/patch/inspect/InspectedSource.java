package io.livepatch.server.patch.inspect;

import io.livepatch.server.patch.inspect.Inspection.RefusedContent;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the bytes of an upload while the store reads them. The reader gets them unchanged, or an {@link IOException} whose cause is
 * the {@link ProblemException} that says why they are refused. The end comes only after the whole archive was found to be good, so a
 * store that stores nothing when its source fails stores nothing that is refused.
 *
 * <pre>
 * upload ─▶ Feed ─▶ Expanded (bzip2) ─▶ Archive (tar) ─▶ ModuleReader (ELF) ─▶ Inspection
 *             └──────────▶ the store
 * </pre>
 *
 * <p>Not thread-safe. It works in the thread that reads, and holds at most {@link Limits#MEMORY}: 4.5 MB of the decoder, 1 MiB of bytes
 * for the store, 2.5 MB of modules.
 */
public final class InspectedSource extends PieceStream {
    private final PatchName name;
    private final Policy policy;
    private final Feed feed;
    private final Archive archive;
    private @Nullable Inspection inspection;

    /** What to do about what is found. */
    public enum Policy {
        /** Refuse what is no patch, and what is unusual. */
        REFUSE_UNUSUAL,
        /** Refuse only what is no patch. */
        REFUSE_OTHER_FILES,
        /** Refuse nothing: these bytes were accepted before, and are sent again to replace damaged ones. */
        REPORT
    }

    public InspectedSource(InputStream source, PatchName name, Limits limits, Policy policy) {
        this.name = name;
        this.policy = policy;
        this.feed = new Feed(source);
        this.archive = new Archive(new Expanded(feed, limits.expanded()));
    }

    /**
     * What was found.
     *
     * @throws IllegalStateException before the end was read
     */
    public Inspection inspection() {
        if (inspection == null) {
            throw new IllegalStateException("patch '" + name + "' has not been read to its end");
        }
        return inspection;
    }

    @Override
    boolean fill() throws IOException {
        while (next == piece.length) {
            Optional<byte[]> waiting = feed.take();
            if (waiting.isPresent()) {
                piece = waiting.get();
                next = 0;
            } else if (inspection == null) {
                advance();
            } else if (!feed.pass()) {
                return false;
            }
        }
        return true;
    }

    private void advance() throws IOException {
        Optional<Inspection> found = step();
        if (found.isPresent()) {
            conclude(found.get());
        }
    }

    /** Reads on; answers what was found if that was the end. */
    private Optional<Inspection> step() throws IOException {
        try {
            return archive.step() ? Optional.empty() : Optional.of(Inspection.of(name, archive.modules()));
        } catch (RefusedContent e) {
            return Optional.of(Inspection.refused(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            if (feed.failure().isPresent()) {
                throw e;
            }
            return Optional.of(
                    Inspection.refused(feed.cutOff(e) ? "it is cut off" : "it is damaged: " + e.getMessage()));
        } catch (RuntimeException e) {
            // The decoders answer some malformed bytes with an index out of bounds, a negative length and the like.
            return Optional.of(Inspection.refused("it is damaged: " + e));
        }
    }

    private void conclude(Inspection found) throws IOException {
        inspection = found;
        if (policy != Policy.REPORT) {
            Optional<ProblemException> problem = found.problem(name, policy == Policy.REFUSE_OTHER_FILES);
            if (problem.isPresent()) {
                throw new IOException(problem.get().getMessage(), problem.get());
            }
        }
    }
}
