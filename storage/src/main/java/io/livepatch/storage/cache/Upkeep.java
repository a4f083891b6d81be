package io.livepatch.storage.cache;

import io.livepatch.storage.disk.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;

/** Looks after the cache when it is opened, and now and then: one that is never filled again has entries that expire, too. */
final class Upkeep implements Runnable {
    private final CacheDirectory directory;
    private final Entries entries;
    private final Room room;
    private final Bypasses bypasses;
    private final Duration pause;

    Upkeep(CacheDirectory directory, Entries entries, Room room, Bypasses bypasses, Pace pace) {
        this.directory = directory;
        this.entries = entries;
        this.room = room;
        this.bypasses = bypasses;
        this.pause = pace.upkeep();
    }

    /** Makes the directory ready, and removes what processes that died left there. */
    void begin() {
        try {
            directory.create();
            Spool.sweep(directory.root());
            tidy();
        } catch (IOException e) {
            bypasses.say(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until the thread is interrupted. */
    @Override
    public void run() {
        try {
            while (true) {
                Thread.sleep(pause);
                tidy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tidy() throws InterruptedException {
        entries.forgetAbsent();
        if (Files.notExists(directory.root())) {
            return;
        }
        try (Claims claims = Claims.open(directory.lockFile())) {
            room.tidy(claims);
        } catch (IOException e) {
            bypasses.say(e);
        }
    }
}
