package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import java.util.SplittableRandom;

/** Tells beforehand what is going to run, when it is going to be replaced, and how bad it may get on the way. */
public final class Explain {

    private Explain() {}

    /**
     * The text of {@code --explain}. Equal for equal arguments.
     *
     * @param seed of what stands for chance, which draws the jitter of lifespans
     */
    public static String of(SupervisorConfig config, long seed) {
        StringBuilder text = new StringBuilder();
        SplittableRandom random = new SplittableRandom(seed);
        for (PoolSettings pool : config.pools()) {
            text.append(new PoolStory(pool, random.split()).tell()).append('\n');
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
