package io.livepatch.supervisor.config;

import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.random.RandomGenerator;

/** Explains which workers a configuration runs, when they are replaced, and how much capacity that and crashes may cost. */
public final class Explanation {

    private static final int ROUNDS = 3;
    private static final int MAX_ROWS = 48;

    private static final int PAUSES = 5;
    private static final RandomGenerator LONGEST = () -> 0L;
    private static final RandomGenerator SHORTEST = () -> -1L;

    private final PoolSettings pool;
    private final PoolSpec spec;
    private final PoolTimes times;
    private final RandomGenerator random;
    private final StringBuilder text = new StringBuilder();

    private Explanation(PoolSettings pool, RandomGenerator random) {
        this.pool = pool;
        this.spec = pool.spec();
        this.times = new PoolTimes(spec);
        this.random = random;
    }

    /**
     * The text of {@code --explain}: for each pool paragraphs with a title in the margin. Equal for equal arguments.
     *
     * @param seed of the random jitter of lifespans
     */
    public static String of(SupervisorConfig config, long seed) {
        StringBuilder text = new StringBuilder();
        SplittableRandom random = new SplittableRandom(seed);
        for (PoolSettings pool : config.pools()) {
            text.append(new Explanation(pool, random.split()).pool()).append('\n');
        }
        text.append(
                "shutdown: all pools at once, at most %s; workers that remain %s after the first signal are killed\n"
                        .formatted(
                                GoDuration.print(TimeCheck.shutdown(config)),
                                GoDuration.print(config.shutdownDeadline())));
        return text.append("workers given up: ")
                .append(
                        switch (config.exitOnGiveUp()) {
                            case NEVER -> "the supervisor keeps running";
                            case ALL -> "the supervisor exits when all workers of a pool are given up";
                            case ANY -> "the supervisor exits with the first one";
                        })
                .append('\n')
                .toString();
    }

    private String pool() {
        text.append("pool %s: %d %s\n"
                .formatted(spec.name(), spec.replicas(), spec.replicas() == 1 ? "worker" : "workers"));
        paragraph("runs", runs());
        if (spec.replicas() == 0) {
            paragraph("", List.of("switched off: it has no replicas"));
            return text.toString();
        }
        paragraph("ports", ports());
        paragraph("recycles", recycles());
        paragraph("capacity", capacity());
        paragraph("memory", memory());
        paragraph("stop", List.of("at most %s: %s".formatted(GoDuration.print(times.stopping()), stopParts())));
        paragraph("crashes", crashes());
        return text.toString();
    }

    private void paragraph(String title, List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            text.append("  %-10s%s".formatted(i == 0 ? title : "", lines.get(i)).stripTrailing())
                    .append('\n');
        }
    }

    private List<String> runs() {
        String user = spec.surroundings().user().map(name -> " as user " + name).orElse("");
        return List.of(
                String.join(" ", spec.command()), "in " + spec.surroundings().directory() + user);
    }

    private List<String> ports() {
        List<String> lines = new ArrayList<>();
        lines.add(
                switch (spec.listening()) {
                    case Listening.Unmanaged() -> "not managed";
                    case Listening.Shared shared ->
                        "all at %s, by SO_REUSEPORT".formatted(hostAndPort(shared.address()));
                    case Listening.Proxied proxied ->
                        "a balancer at %s, %s, in front of one port each"
                                .formatted(hostAndPort(proxied.entrance()), proxied.strategy());
                });
        if (spec.listening().firstOwnPort().isPresent()) {
            for (int worker = 0; worker < spec.maxWorkers(); worker++) {
                WorkerPorts ports = spec.listening().ports(worker);
                StringJoiner line = new StringJoiner("  ");
                line.add("%s-%d".formatted(spec.name(), worker));
                ports.port().ifPresent(it -> line.add("PORT=" + it));
                ports.workerPort().ifPresent(it -> line.add("WORKER_PORT=" + it));
                lines.add(line + (worker < spec.replicas() ? "" : "  while another is replaced"));
            }
        }
        return lines.size() <= MAX_ROWS ? lines : shortened(lines);
    }

    private static String hostAndPort(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private List<String> recycles() {
        List<String> lines = new ArrayList<>();
        boolean startsFirst = spec.recycling().order() == ReplacementPolicy.Order.START_FIRST;
        lines.add("%d at a time, %s; one takes at most %s: %s"
                .formatted(
                        spec.recycling().maxUnavailable(),
                        startsFirst
                                ? "the new one ready before the old one leaves"
                                : "the old one gone before the new one starts",
                        GoDuration.print(times.oneRecycle()),
                        times.recycleParts()));
        List<ReplacementSchedule.Row> rows = ReplacementSchedule.of(spec, ROUNDS, random);
        if (rows.isEmpty()) {
            lines.add("none for age");
            return lines;
        }
        lines.add("each is due %s; an example, in time since the first start:".formatted(dueTimes(spec.limits())));
        lines.add(format("round", "worker", "due", "due range", "begins", "done by", "successor"));
        boolean tooMany = rows.size() > MAX_ROWS;
        rows.subList(0, tooMany ? MAX_ROWS / 2 : rows.size()).forEach(row -> lines.add(line(row)));
        if (tooMany) {
            lines.add("… and %d more:".formatted(rows.size() - MAX_ROWS / 2));
            for (int round = 1; round <= ROUNDS; round++) {
                lines.add(summary(round, rows));
            }
        }
        return lines;
    }

    private String line(ReplacementSchedule.Row row) {
        return format(
                Integer.toString(row.round()),
                spec.name() + "-" + row.worker(),
                seconds(row.due()),
                seconds(row.earliest()) + " - " + seconds(row.latest()),
                seconds(row.begins()),
                seconds(row.done()),
                spec.name() + "-" + row.successor());
    }

    private static String summary(int round, List<ReplacementSchedule.Row> rows) {
        List<ReplacementSchedule.Row> ofRound =
                rows.stream().filter(row -> row.round() == round).toList();
        Duration wait = ofRound.stream()
                .map(row -> row.begins().minus(row.due()))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        return "round %d: begins at %s, done by %s, the longest wait is %s"
                .formatted(
                        round,
                        seconds(ofRound.getFirst().begins()),
                        seconds(ofRound.getLast().done()),
                        seconds(wait));
    }

    private static String dueTimes(Limits limits) {
        Duration lifespan = limits.lifespan().orElseThrow();
        Duration jitter = Duration.ofMillis((long) (lifespan.toMillis() * limits.jitter()));
        return jitter.isZero()
                ? GoDuration.print(lifespan) + " after its start"
                : "%s to %s after its start"
                        .formatted(GoDuration.print(lifespan), GoDuration.print(lifespan.plus(jitter)));
    }

    private static String format(String... cells) {
        return "%-6s %-16s %-10s %-23s %-10s %-10s %s"
                .formatted((Object[]) cells)
                .stripTrailing();
    }

    private static String seconds(Duration since) {
        return GoDuration.print(Duration.ofSeconds(since.toSeconds()));
    }

    private static List<String> shortened(List<String> lines) {
        List<String> some = new ArrayList<>(lines.subList(0, MAX_ROWS / 2));
        some.add("… and %d more, up to:".formatted(lines.size() - some.size() - 1));
        some.add(lines.getLast());
        return some;
    }

    private List<String> capacity() {
        int planned = PoolCheck.minReady(spec);
        int crashed = Math.max(0, planned - 1);
        List<String> lines = new ArrayList<>();
        lines.add("planned recycles leave %d of %d ready".formatted(planned, spec.replicas()));
        lines.add("one crash at the same time leaves %d, for a pause of at most %s%s"
                .formatted(
                        crashed,
                        GoDuration.print(spec.restart().cap()),
                        times.untilReady().isZero()
                                ? ""
                                : " and at most " + GoDuration.print(times.untilReady()) + " until ready"));
        if (!pool.healthy(crashed)) {
            lines.add("the pool then counts as unhealthy");
        }
        return lines;
    }

    private List<String> memory() {
        if (spec.limits().memory().isEmpty()) {
            return List.of("not limited");
        }
        long each = spec.limits().memory().getAsLong();
        return List.of("up to %s: %d workers at once, replacements included, of %s; more until it is measured, every %s"
                .formatted(
                        new DataSize(PoolCheck.memoryOfAll(spec, each)).rounded(),
                        spec.maxWorkers(),
                        new DataSize(each),
                        GoDuration.print(spec.limits().interval())));
    }

    private String stopParts() {
        String end = "%s, then up to %s, then KILL"
                .formatted(spec.stop().signal(), GoDuration.print(spec.stop().timeout()));
        return times.drain().isPositive()
                ? "up to %s to drain, then %s".formatted(GoDuration.print(times.drain()), end)
                : end;
    }

    private List<String> crashes() {
        RestartPolicy restart = spec.restart();
        StringJoiner pauses = new StringJoiner(", ");
        for (int crash = 0; crash < PAUSES; crash++) {
            pauses.add(between(restart.pause(crash, SHORTEST), restart.pause(crash, LONGEST)));
        }
        List<String> lines = new ArrayList<>();
        lines.add("pauses after the 1st, 2nd, … crash: %s, … up to %s"
                .formatted(pauses, GoDuration.print(restart.cap())));
        spec.live()
                .ifPresent(check -> lines.add("one that hangs is killed within %s: no answer to %d live checks in a row"
                        .formatted(GoDuration.print(check.detectsHangWithin()), check.failures())));
        lines.add("forgiven after %s of being ready".formatted(GoDuration.print(restart.stableAfter())));
        lines.add(givenUp(restart));
        return lines;
    }

    private static String between(Duration from, Duration to) {
        Duration least = Duration.ofMillis(from.toMillis());
        return least.equals(to) ? GoDuration.print(to) : GoDuration.print(least) + "-" + GoDuration.print(to);
    }

    private static String givenUp(RestartPolicy restart) {
        OptionalInt max = restart.maxCrashes();
        if (max.isEmpty()) {
            return "never given up";
        }
        if (max.getAsInt() == 0) {
            return "given up at the first one that is not forgiven";
        }
        Duration least = Duration.ZERO;
        Duration longest = Duration.ZERO;
        for (int crash = 0; crash < Math.min(max.getAsInt(), 1_000_000); crash++) {
            least = least.plus(restart.pause(crash, SHORTEST));
            longest = longest.plus(restart.pause(crash, LONGEST));
        }
        return "given up at unforgiven crash %d: %s after the first, if each comes at once"
                .formatted(max.getAsInt() + 1L, between(least, Duration.ofMillis(longest.toMillis())));
    }
}
