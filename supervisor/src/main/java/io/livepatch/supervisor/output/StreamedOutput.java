package io.livepatch.supervisor.output;

import io.livepatch.supervisor.WorkerOutput;

/** A worker's two streams, line by line. */
final class StreamedOutput implements WorkerOutput {

    private final WorkerStream out;
    private final WorkerStream err;
    private final RecentLines recent;
    private final Runnable atClose;

    StreamedOutput(WorkerStream out, WorkerStream err, RecentLines recent, Runnable atClose) {
        this.out = out;
        this.err = err;
        this.recent = recent;
        this.atClose = atClose;
    }

    @Override
    public void out(byte[] bytes, int length) {
        out.take(bytes, length);
    }

    @Override
    public void err(byte[] bytes, int length) {
        err.take(bytes, length);
    }

    @Override
    public boolean merged() {
        return false;
    }

    @Override
    public void ended() {
        out.end();
        err.end();
        recent.processEnded();
    }

    @Override
    public void close() {
        ended();
        atClose.run();
    }
}
