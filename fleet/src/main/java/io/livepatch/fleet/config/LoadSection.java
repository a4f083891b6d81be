package io.livepatch.fleet.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Arrivals;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The keys of a flock that say when its machines take turns, until when, and from when on that is judged. */
record LoadSection(Values values) {
    /** What one calls loads. */
    enum Model {
        OPEN,
        CLOSED
    }

    static final Duration LONGEST = Duration.ofDays(366);
    static final String FOREVER = "forever";

    static final Key<Model> MODEL = Readings.word("model", Model.class);
    static final Key<Rate> RATE = Rates.key("rate");
    static final Key<Arrivals> ARRIVALS = Readings.word("arrivals", Arrivals.class);
    static final String STAGES = "stages";
    static final Key<Optional<Duration>> DURATION = duration();
    static final Key<Duration> WARM_UP = Readings.duration("warm_up", Duration.ZERO, LONGEST);

    static final Key<Duration> FOR = Readings.duration("for", Duration.ofMillis(1), LONGEST);
    static final Key<Rate> FROM = Rates.key("from");
    static final Key<Rate> TO = Rates.key("to");
    static final Section STAGE = Section.of(STAGES, List.of(FOR, RATE, FROM, TO));

    // Of a load whose rate is the same for ever, cut anywhere.
    private static final Duration LEVEL = Duration.ofHours(1);

    /** What these keys make together. */
    record Timing(Load load, Optional<Duration> duration, Duration warmUp) {
        Timing(Load load, Optional<Duration> duration) {
            this(load, duration, Duration.ZERO);
        }
    }

    private static Key<Optional<Duration>> duration() {
        Key<Duration> limited = Readings.duration("duration", Duration.ofMillis(1), LONGEST);
        return new Key<>(
                limited.name(),
                limited.expected() + ", or " + FOREVER,
                node -> Readings.scalar(node).equals(FOREVER)
                        ? Optional.empty()
                        : Optional.of(limited.reading().read(node)));
    }

    /** What stands there; half of it if something was noted as a problem. */
    Timing read() {
        Timing cold = load();
        Duration warmUp = values.get(WARM_UP).orElse(Duration.ZERO);
        cold.duration()
                .filter(it -> warmUp.compareTo(it) >= 0)
                .ifPresent(it -> values.note(
                        WARM_UP.name(),
                        "'%s' is not shorter than the whole flock, which takes %s, so nothing would be judged; shorten it"
                                .formatted(GoDuration.print(warmUp), GoDuration.print(it))));
        return new Timing(cold.load(), cold.duration(), warmUp);
    }

    private Timing load() {
        boolean rated = values.has(RATE.name()) || values.has(STAGES);
        Model model = values.get(MODEL).orElse(rated ? Model.OPEN : Model.CLOSED);
        Optional<Optional<Duration>> given = values.get(DURATION);
        Arrivals arrivals = values.get(ARRIVALS).orElse(Arrivals.CONSTANT);
        Optional<Rate> rate = values.get(RATE);
        List<Stage> stages = stages();
        if (values.has(RATE.name()) && values.has(STAGES)) {
            values.note(RATE.name(), "is given beside 'stages'; keep one of them");
        }
        if (model == Model.CLOSED) {
            refuseRates();
            return new Timing(new Load.Closed(), given.flatMap(it -> it));
        }
        if (!rated) {
            values.note(MODEL.name(), "'open' needs to know how often; give 'rate' or 'stages'");
        }
        if (!stages.isEmpty()) {
            return new Timing(new Load.Open(arrivals, stages), end(given, stages));
        }
        Optional<Duration> duration = given.flatMap(it -> it);
        Rate level = rate.orElse(new Rate(0));
        return new Timing(new Load.Open(arrivals, List.of(new Stage(duration.orElse(LEVEL), level, level))), duration);
    }

    private void refuseRates() {
        for (String name : List.of(RATE.name(), STAGES, ARRIVALS.name())) {
            if (values.has(name)) {
                values.note(name, "has no meaning in a closed load; remove it, or give 'model: open' with a rate");
            }
        }
    }

    /** Stages that are written down are the whole load, unless it is said otherwise. */
    private Optional<Duration> end(Optional<Optional<Duration>> given, List<Stage> stages) {
        Duration all = stages.stream().map(Stage::length).reduce(Duration.ZERO, Duration::plus);
        Optional<Duration> end = given.orElse(Optional.of(all));
        if (end.isPresent() && end.get().compareTo(all) < 0) {
            values.note(
                    DURATION.name(),
                    "'%s' is over before the stages are, after %s; shorten them or give the latter"
                            .formatted(GoDuration.print(end.get()), GoDuration.print(all)));
        }
        return end;
    }

    private List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        for (Values part : values.parts(STAGES, STAGE)) {
            Rate before = stages.isEmpty() ? new Rate(0) : stages.getLast().to();
            stage(part, before).ifPresent(stages::add);
        }
        if (values.has(STAGES) && stages.isEmpty() && !values.isWrong()) {
            values.note(STAGES, "are none; give a list such as '- {for: 2m, to: 278}'");
        }
        return stages;
    }

    private static Optional<Stage> stage(Values part, Rate before) {
        Optional<Duration> length = part.require(FOR);
        Optional<Rate> level = part.get(RATE);
        Optional<Rate> from = part.get(FROM);
        Optional<Rate> to = part.get(TO);
        boolean ramp = part.has(FROM.name()) || part.has(TO.name());
        if (part.has(RATE.name()) && ramp) {
            part.note(RATE.name(), "is given beside 'from' or 'to'; keep 'rate' for a level stage");
        } else if (!part.has(RATE.name()) && !part.has(TO.name())) {
            part.note(TO.name(), "is missing, as is 'rate'; give " + Rates.EXPECTED);
        }
        Optional<Rate> end = level.or(() -> to);
        return length.flatMap(it ->
                end.map(last -> new Stage(it, level.or(() -> from).orElse(before), last)));
    }
}
