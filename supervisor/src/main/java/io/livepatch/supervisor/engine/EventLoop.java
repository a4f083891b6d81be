package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.time.InstantSource;

/** The one thread on which everything is decided, and its clock. What runs on it must not block. */
interface EventLoop extends InstantSource {

    void execute(Runnable task);

    void schedule(Duration delay, Runnable task);
}
