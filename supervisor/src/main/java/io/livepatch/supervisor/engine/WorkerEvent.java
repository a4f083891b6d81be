package io.livepatch.supervisor.engine;

import java.util.Optional;

/** What can happen to a worker. */
sealed interface WorkerEvent {

    /** The pool wants it to run. */
    record Start() implements WorkerEvent {}

    /** The pool wants it gone for good. */
    record Stop() implements WorkerEvent {}

    /** The pool wants a new process in the place of this one. */
    record Restart() implements WorkerEvent {}

    /** Whoever waits for the stop has no more patience: no grace from here on. */
    record Hurry() implements WorkerEvent {}

    /** News of one run; when it is not the worker's latest, it is stale and means nothing. */
    sealed interface OfRun extends WorkerEvent {
        int run();
    }

    /** The process exists. */
    record Launched(int run, long pid) implements OfRun {}

    /** No process came to be. */
    record LaunchFailed(int run, String why) implements OfRun {}

    /** The process and all that it left behind are gone. */
    record Exited(int run, ExitStatus status) implements OfRun {}

    /** The ready check was made; {@code failure} is empty when it passed. */
    record Checked(int run, Optional<String> failure) implements OfRun {}

    /** The time that a {@link WorkerAction.Wake} asked for has come. */
    record TimeUp(int run, WorkerTimer timer) implements OfRun {}
}
