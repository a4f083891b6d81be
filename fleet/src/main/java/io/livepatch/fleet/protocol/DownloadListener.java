package io.livepatch.fleet.protocol;

/** Hears how far a download is. Called from the HTTP client's threads, one call at a time; must not block. */
@FunctionalInterface
public interface DownloadListener {
    /** Hears nothing. */
    DownloadListener SILENT = (have, size) -> {};

    /**
     * So much is there now.
     *
     * @param have bytes on disk, those of earlier runs included
     * @param size bytes in all
     */
    void progress(long have, long size);
}
