package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import java.util.List;
import java.util.Map;

/** How a flock is written down, to be sent to other replicas and shown. */
public interface FlockCodec {

    /**
     * Reads YAML, and so JSON.
     *
     * @throws Invalid with all that is wrong
     */
    Flock read(String text);

    /** The same as texts, numbers, lists and maps, which as JSON is what {@link #read} reads. */
    Map<String, Object> write(Flock flock);

    /** What was read is no flock. */
    final class Invalid extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient List<String> problems;

        public Invalid(List<String> problems) {
            super(String.join("; ", problems));
            this.problems = List.copyOf(problems);
        }

        public List<String> problems() {
            return problems;
        }
    }
}
