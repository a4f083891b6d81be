package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/** The single thread that handles all events of a supervisor, and its clock. Tasks must not block. */
interface EventLoop extends InstantSource, Executor {

    void schedule(Duration delay, Runnable task);
}
