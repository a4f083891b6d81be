package io.livepatch.supervisor.output;

import java.time.Instant;

/** Takes the lines of one stream, a chunk's worth at a time. Called under the lock of the stream. */
interface LineSink extends LineSplitter.Sink {

    /** The lines that follow were read at this time. */
    void at(Instant time);

    /** No more lines for now. */
    void flush();
}
