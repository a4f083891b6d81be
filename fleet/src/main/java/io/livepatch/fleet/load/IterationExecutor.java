package io.livepatch.fleet.load;

/** What a {@link LoadModel} can have done. Moments are nanoseconds since the common start. */
interface IterationExecutor {

    /** Has what a first turn needs made ready, and returns at once; a turn that begins meanwhile waits for it. */
    void prepare(int monkey);

    /** Begins a turn, and returns at once. When it has ended, the rhythm is told. */
    void begin(int monkey, long due, LoadModel loadModel);

    /** The same for one that has waited, and was told of by {@link #due}. */
    void resume(int monkey, long due, LoadModel loadModel);

    /** A turn is due that {@link #begin} will not begin: it waits for a free monkey, follows another at once, or will be lost. */
    void due(long due, long now);

    /** A turn that was due will not be begun. */
    void lost(long due, long now, String kind);

    /** So often a monkey was still busy when it was its turn. */
    void passedOver(long times);

    /** The rhythm wants to be asked earlier than it said. */
    void wake();
}
