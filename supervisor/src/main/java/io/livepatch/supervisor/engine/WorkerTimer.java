package io.livepatch.supervisor.engine;

/** What a worker waits for. Timers are never cancelled: one that comes when nobody waits for it any more is ignored. */
enum WorkerTimer {
    /** The pause after a crash is over. */
    RETRY,
    /** The next look at its readiness is due. */
    READY_CHECK,
    /** The next look at its liveness is due. */
    LIVE_CHECK,
    /** The balancer is to be asked again. */
    ENTER,
    /** It has lived long enough. */
    LIFESPAN,
    /** The balancer has not said that it has left. */
    DRAIN,
    /** The grace of a stop is over. */
    KILL,
    /** Not even KILL has helped. */
    GIVE_UP;

    /** Whether it means nothing once its worker is judged by other rules. */
    boolean ofRules() {
        return this == READY_CHECK || this == LIVE_CHECK || this == LIFESPAN;
    }
}
