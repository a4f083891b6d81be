package io.livepatch.supervisor.engine;

/** What a worker waits for. Timers are never cancelled: one that comes when nobody waits for it any more is ignored. */
enum WorkerTimer {
    /** The pause after a crash is over. */
    RETRY,
    /** The next ready check is due. */
    CHECK,
    /** The grace of a stop is over. */
    KILL,
    /** Not even KILL has helped. */
    GIVE_UP
}
