package io.livepatch.fleet.client;

import io.livepatch.fleet.DownloadListener;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Draws a download for whoever watches. */
final class Transfer implements DownloadListener, AutoCloseable {
    private final ProgressBar bar;

    Transfer(String name, long size) {
        bar = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(size)
                .setUnit(" KiB", 1024)
                .setStyle(ProgressBarStyle.ASCII)
                .build();
    }

    @Override
    public void progress(long have, long size) {
        bar.stepTo(have);
    }

    @Override
    public void close() {
        bar.close();
    }
}
