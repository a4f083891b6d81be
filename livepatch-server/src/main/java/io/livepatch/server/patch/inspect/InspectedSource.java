package io.livepatch.server.patch.inspect;

import io.livepatch.server.patch.inspect.Inspection.RefusedContent;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the bytes of an upload while the store reads them. The store gets them unchanged, or an {@link IOException} whose cause is the
 * {@link ProblemException} of their refusal. The end of the stream comes only after the whole archive was accepted, so a store that stores
 * nothing when its source fails stores no refused bytes.
 *
 * <pre>
 * upload ─▶ UploadTee ─▶ Bzip2Stream ─▶ PatchArchive (tar) ─▶ ModuleReader (ELF) ─▶ Inspection
 *               └──────────▶ the store
 * </pre>
 *
 * <p>Not thread-safe. Works in the reading thread, and holds at most {@link InspectionLimits#MEMORY}: 4.5 MB of the decoder, 1 MiB of bytes
 * for the store, 2.5 MB of modules.
 */
public final class InspectedSource extends ChunkedInputStream {
    private final PatchName name;
    private final Policy policy;
    private final UploadTee upload;
    private final PatchArchive archive;
    private @Nullable Inspection inspection;

    public enum Policy {
        /** Refuse other files and unusual patches. */
        REFUSE_UNUSUAL,
        /** Accept unusual patches. */
        REFUSE_OTHER_FILES,
        /** Accept all bytes: they were accepted before and replace damaged ones. */
        REPORT
    }

    public InspectedSource(InputStream source, PatchName name, InspectionLimits limits, Policy policy) {
        this.name = name;
        this.policy = policy;
        this.upload = new UploadTee(source);
        this.archive = new PatchArchive(new Bzip2Stream(upload, limits.expanded()));
    }

    /**
     * The result.
     *
     * @throws IllegalStateException before the end of the stream
     */
    public Inspection inspection() {
        if (inspection == null) {
            throw new IllegalStateException("patch '" + name + "' has not been read to its end");
        }
        return inspection;
    }

    @Override
    boolean fill() throws IOException {
        while (next == chunk.length) {
            Optional<byte[]> waiting = upload.poll();
            if (waiting.isPresent()) {
                chunk = waiting.get();
                next = 0;
            } else if (inspection == null) {
                advance();
            } else if (!upload.bypassDecoder()) {
                return false;
            }
        }
        return true;
    }

    private void advance() throws IOException {
        Optional<Inspection> found = step();
        if (found.isPresent()) {
            finish(found.get());
        }
    }

    /** Reads on; returns the result at the end of the archive. */
    private Optional<Inspection> step() throws IOException {
        try {
            return archive.step() ? Optional.empty() : Optional.of(Inspection.of(name, archive.modules()));
        } catch (RefusedContent e) {
            return Optional.of(Inspection.refused(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            if (upload.failure().isPresent()) {
                throw e;
            }
            return Optional.of(
                    Inspection.refused(upload.isTruncated(e) ? "it is cut off" : "it is damaged: " + e.getMessage()));
        } catch (RuntimeException e) {
            // The decoders throw unchecked exceptions for some malformed bytes.
            return Optional.of(Inspection.refused("it is damaged: " + e));
        }
    }

    private void finish(Inspection found) throws IOException {
        inspection = found;
        if (policy != Policy.REPORT) {
            Optional<ProblemException> problem = found.problem(name, policy == Policy.REFUSE_OTHER_FILES);
            if (problem.isPresent()) {
                throw new IOException(problem.get().getMessage(), problem.get());
            }
        }
    }
}
