package io.livepatch.server.admin;

import io.livepatch.server.task.Headway;
import io.livepatch.server.task.Meter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on a terminal, with the speed and the time that is left. */
final class TerminalProgress implements Meter, AutoCloseable {
    private static final int MEGA = 1_000_000;

    private final ProgressBar bar;

    private TerminalProgress(ProgressBar bar) {
        this.bar = bar;
    }

    static TerminalProgress of(String task) {
        return new TerminalProgress(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(0)
                .setUnit(" MB", MEGA)
                .setStyle(ProgressBarStyle.ASCII)
                .showSpeed()
                .build());
    }

    @Override
    public void show(String verb, Headway headway, String last) {
        bar.maxHint(headway.bytes().total());
        bar.stepTo(headway.bytes().done());
        bar.setExtraMessage(" %d of %d patches"
                .formatted(headway.patches().done(), headway.patches().total()));
    }

    @Override
    public void close() {
        bar.close();
    }
}
