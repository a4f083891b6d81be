package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import java.util.SplittableRandom;

/** Explains what a configuration will run, when workers will be replaced, and how much capacity that and crashes may cost. */
public final class Explain {

    private Explain() {}

    /**
     * The text of {@code --explain}. Equal for equal arguments.
     *
     * @param seed of the random numbers that draw the jitter of lifespans
     */
    public static String of(SupervisorConfig config, long seed) {
        StringBuilder text = new StringBuilder();
        SplittableRandom random = new SplittableRandom(seed);
        for (PoolSettings pool : config.pools()) {
            text.append(new PoolExplanation(pool, random.split()).text()).append('\n');
        }
        text.append(
                "the end of everything: all pools at once, at most %s; what is left %s after the first signal is killed\n"
                        .formatted(
                                GoDuration.print(TimeCheck.ending(config)),
                                GoDuration.print(config.shutdownDeadline())));
        text.append("workers given up: ")
                .append(
                        switch (config.exitOnGiveUp()) {
                            case NEVER -> "the supervisor stays, whatever is left";
                            case ALL -> "the supervisor ends when a pool has no other workers left";
                            case ANY -> "the supervisor ends with the first";
                        })
                .append('\n');
        return text.toString();
    }
}
