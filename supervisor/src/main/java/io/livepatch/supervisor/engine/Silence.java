package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.WorkerOutput;

/** The output of a worker that has not been started yet. */
enum Silence implements WorkerOutput {
    OUTPUT;

    @Override
    public void out(byte[] bytes, int length) {}

    @Override
    public void err(byte[] bytes, int length) {}

    @Override
    public boolean merged() {
        return true;
    }

    @Override
    public void close() {}
}
