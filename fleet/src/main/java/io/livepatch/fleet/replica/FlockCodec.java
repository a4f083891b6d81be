package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import java.util.List;
import java.util.Map;

/** Reads and writes flocks, for other replicas and people. */
public interface FlockCodec {

    /**
     * Reads YAML or JSON.
     *
     * @throws Invalid with all problems
     */
    Flock read(String text);

    /** As texts, numbers, lists and maps; {@link #read} reads its JSON. */
    Map<String, Object> write(Flock flock);

    /** The text is not a valid flock. */
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
