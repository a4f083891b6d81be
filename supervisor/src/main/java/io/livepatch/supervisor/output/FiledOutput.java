package io.livepatch.supervisor.output;

import io.livepatch.supervisor.WorkerOutput;

/** A worker's output in its file, and its last lines in memory. */
final class FiledOutput implements WorkerOutput {

    private final LogFile file;
    private final WorkerStream lines;
    private final RecentLines recent;
    private final Runnable atClose;

    FiledOutput(LogFile file, WorkerStream lines, RecentLines recent, Runnable atClose) {
        this.file = file;
        this.lines = lines;
        this.recent = recent;
        this.atClose = atClose;
    }

    @Override
    public void out(byte[] bytes, int length) {
        file.out(bytes, length);
        lines.take(bytes, length);
    }

    @Override
    public void err(byte[] bytes, int length) {
        out(bytes, length);
    }

    @Override
    public boolean merged() {
        return file.merged();
    }

    @Override
    public void ended() {
        file.ended();
        lines.end();
        recent.processEnded();
    }

    @Override
    public void close() {
        ended();
        file.close();
        atClose.run();
    }
}
