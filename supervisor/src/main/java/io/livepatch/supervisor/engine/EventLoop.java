package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.time.InstantSource;

/** The single thread that handles all events of a supervisor, and its clock. Tasks must not block. */
interface EventLoop extends InstantSource {

    void execute(Runnable task);

    void schedule(Duration delay, Runnable task);
}
