package io.livepatch.supervisor;

import java.util.Optional;

/**
 * The ports of one worker, and the texts that name them.
 *
 * @param port where it serves; it finds it in {@code PORT}
 * @param workerPort one that no other worker of a pool with a shared port has; it finds it in {@code WORKER_PORT}
 */
public record WorkerPorts(Optional<Integer> port, Optional<Integer> workerPort) {

    public static final String PORT = "{port}";
    public static final String WORKER_PORT = "{worker_port}";

    static final WorkerPorts NONE = new WorkerPorts(Optional.empty(), Optional.empty());
    static final WorkerPorts EXAMPLE = new WorkerPorts(Optional.of(8080), Optional.of(9080));

    /** {@code text} with the ports in the place of their names; a name without a port stays. */
    public String fill(String text) {
        String with = port.map(number -> text.replace(PORT, number.toString())).orElse(text);
        return workerPort
                .map(number -> with.replace(WORKER_PORT, number.toString()))
                .orElse(with);
    }
}
