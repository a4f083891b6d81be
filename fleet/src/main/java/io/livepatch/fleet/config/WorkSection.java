package io.livepatch.fleet.config;

import io.livepatch.fleet.flock.Work;
import io.livepatch.fleet.flock.Work.Pace;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code business} and {@code options} of a flock: what its machines do. */
record WorkSection(Values flock) {
    static final String BUSINESS = "business";
    static final String OPTIONS = "options";

    static final Key<Duration> IDLE = Readings.duration("idle_time", Duration.ZERO, LoadSection.LONGEST);
    static final Key<Duration> ERROR_IDLE = Readings.duration("error_idle_time", Duration.ZERO, LoadSection.LONGEST);
    static final Key<Boolean> RESTART = Readings.truth("restart");
    static final Key<Double> FETCHING = Readings.part("fetching");
    static final Key<Duration> OUTAGE = Readings.duration("outage", Duration.ZERO, Duration.ofHours(24));
    static final Key<Long> BYTES_PER_SECOND =
            Readings.text("bytes_per_second", "a size from 1 to 1GiB, such as 10KiB", WorkSection::size);

    private static final Duration DEFAULT_OUTAGE = Duration.ofMinutes(2);
    private static final long DEFAULT_BYTES_PER_SECOND = 10L << 10;
    private static final long MOST_BYTES_PER_SECOND = 1L << 30;
    private static final Pattern SIZE = Pattern.compile("(?<number>\\d{1,10}) ?(?<unit>|B|KiB|MiB|GiB)");
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB");

    /** One kind of work and the options that only it has. */
    record Kind(List<Key<?>> own, BiFunction<Pace, Values, Work> make) {
        Section options() {
            return Section.of(
                    OPTIONS,
                    Stream.concat(Stream.of(IDLE, ERROR_IDLE, RESTART), own.stream())
                            .toList());
        }
    }

    private static final Map<String, Kind> KINDS = new TreeMap<>(Map.of(
            "check-in",
            new Kind(
                    List.of(FETCHING),
                    (pace, it) -> new Work.CheckIn(pace, it.get(FETCHING).orElse(0.0))),
            "fetch",
            new Kind(List.of(), (pace, _) -> new Work.Fetch(pace)),
            "enroll-churn",
            new Kind(List.of(), (pace, _) -> new Work.EnrollChurn(pace)),
            "thundering-herd",
            new Kind(
                    List.of(OUTAGE),
                    (pace, it) -> new Work.ThunderingHerd(pace, it.get(OUTAGE).orElse(DEFAULT_OUTAGE))),
            "slow-reader",
            new Kind(
                    List.of(BYTES_PER_SECOND),
                    (pace, it) ->
                            new Work.SlowReader(pace, it.get(BYTES_PER_SECOND).orElse(DEFAULT_BYTES_PER_SECOND))),
            "misbehaving",
            new Kind(List.of(), (pace, _) -> new Work.Misbehaving(pace)),
            "empty-loop",
            new Kind(List.of(), (pace, _) -> new Work.EmptyLoop(pace))));

    static final Key<Kind> TYPE = type("type");
    private static final Key<Kind> PLAIN = type(BUSINESS);
    private static final Section SECTION = Section.of(BUSINESS, List.of(TYPE, RESTART), OPTIONS);

    private static Key<Kind> type(String name) {
        List<String> known = List.copyOf(KINDS.keySet());
        return Readings.text(name, "one of " + String.join(", ", known), text -> {
            Kind kind = KINDS.get(text);
            if (kind == null) {
                throw new IllegalArgumentException("'%s' is not known%s".formatted(text, Readings.meant(text, known)));
            }
            return kind;
        });
    }

    /** Empty only if something was noted as a problem. */
    Optional<Work> read() {
        if (!flock.isMapping(BUSINESS)) {
            return flock.require(PLAIN).map(kind -> work(kind, flock, Optional.empty()));
        }
        if (flock.has(OPTIONS)) {
            flock.note(OPTIONS, "are given beside a 'business' that has its own; move them there");
        }
        Values business = flock.part(BUSINESS, SECTION);
        Optional<Boolean> restart = business.get(RESTART);
        return business.require(TYPE).map(kind -> work(kind, business, restart));
    }

    private static Work work(Kind kind, Values around, Optional<Boolean> restart) {
        Values options = around.part(OPTIONS, kind.options());
        Pace usual = Pace.USUAL;
        Pace pace = new Pace(
                options.get(IDLE).orElse(usual.idle()),
                options.get(ERROR_IDLE).orElse(usual.errorIdle()),
                options.get(RESTART).or(() -> restart).orElse(usual.restart()));
        return kind.make().apply(pace, options);
    }

    private static long size(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is not a size".formatted(text));
        }
        long bytes =
                Long.parseLong(matcher.group("number")) << (10 * Math.max(0, UNITS.indexOf(matcher.group("unit"))));
        if (bytes < 1 || bytes > MOST_BYTES_PER_SECOND) {
            throw new IllegalArgumentException("'%s' is out of range".formatted(text));
        }
        return bytes;
    }
}
