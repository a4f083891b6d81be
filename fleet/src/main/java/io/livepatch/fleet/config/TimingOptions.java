package io.livepatch.fleet.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.GoDuration;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.OptionGroup;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The options of a flock for its load model, its duration and its warm-up. */
@OptionGroup(
        rule = OptionGroup.Rule.AT_MOST_ONE,
        keys = {"stages", "rate"})
record TimingOptions(
        @Option("`open` if there is a rate or stages, otherwise `closed`")
        Optional<Model> model,

        @Option(value = "the rate of iterations of the whole flock, in an open load", expected = Rate.EXPECTED)
        Optional<Rate> rate,

        @Option(value = "the distribution of arrivals around the rate of an open load", byDefault = "constant")
        Optional<Load.Arrivals> arrivals,

        @Option("an open load whose rate changes") Optional<List<StageOptions>> stages,

        @Option(
                value =
                        "the duration from the common start; without it, that of the stages, or until the flock is stopped",
                expected = "a duration from 1ms to " + MAX_DURATION + ", such as 5m30s, or forever")
        Optional<Limit> duration,

        @Option(
                value = "iterations that are due within this time after the start are not evaluated",
                key = "warm_up",
                byDefault = "0s",
                min = "0s",
                max = MAX_DURATION,
                example = "5m30s")
        Optional<Duration> warmUp)
        implements Checked {
    static final String MAX_DURATION = "8784h";

    // An arbitrary stage length for a constant rate without end.
    private static final Duration CONSTANT_STAGE = Duration.ofHours(1);

    /** Whether iterations are due at a rate, or after the previous one. */
    enum Model {
        OPEN,
        CLOSED
    }

    /** A duration; empty: forever. */
    record Limit(Optional<Duration> duration) {
        private static final String FOREVER = "forever";

        static Limit parse(String text) {
            if (text.equals(FOREVER)) {
                return new Limit(Optional.empty());
            }
            Duration duration = GoDuration.parse(text);
            if (duration.compareTo(Duration.ofMillis(1)) < 0
                    || duration.compareTo(GoDuration.parse(MAX_DURATION)) > 0) {
                throw new IllegalArgumentException("is out of range");
            }
            return new Limit(Optional.of(duration));
        }

        @Override
        public String toString() {
            return duration.map(GoDuration::print).orElse(FOREVER);
        }
    }

    /** A stage of an open load. */
    record StageOptions(
            @Option(value = "its duration", key = "for", min = "1ms", max = MAX_DURATION, example = "5m30s")
            Duration length,

            @Option(value = "its rate, if it is constant", expected = Rate.EXPECTED)
            Optional<Rate> rate,

            @Option(
                    value = "its initial rate; without it, the final rate of the previous stage",
                    expected = Rate.EXPECTED)
            Optional<Rate> from,

            @Option(value = "its final rate", expected = Rate.EXPECTED)
            Optional<Rate> to)
            implements Checked {
        @Override
        public void check(Notes notes) {
            boolean ramp = notes.given("from") || notes.given("to");
            if (notes.given("rate") && ramp) {
                notes.problem("rate", "is given beside 'from' or 'to'", "keep 'rate' for a level stage");
            } else if (!notes.given("rate") && !notes.given("to")) {
                notes.problem("to", "is missing, as is 'rate'", "give " + Rate.EXPECTED);
            }
        }

        static StageOptions of(Stage stage) {
            return stage.from().equals(stage.to())
                    ? new StageOptions(stage.length(), Optional.of(stage.to()), Optional.empty(), Optional.empty())
                    : new StageOptions(
                            stage.length(), Optional.empty(), Optional.of(stage.from()), Optional.of(stage.to()));
        }

        private Stage stage(Rate before) {
            return new Stage(
                    length,
                    rate.or(() -> from).orElse(before),
                    rate.or(() -> to).orElseThrow());
        }
    }

    @Override
    public void check(Notes notes) {
        boolean rated = notes.given("rate") || notes.given("stages");
        if (model.orElse(rated ? Model.OPEN : Model.CLOSED) == Model.CLOSED) {
            Stream.of("rate", "stages", "arrivals")
                    .filter(notes::given)
                    .forEach(key -> notes.problem(
                            key, "has no effect in a closed load", "remove it, or give 'model: open' with a rate"));
        } else if (!rated) {
            notes.problem("model", "'open' needs a rate", "give 'rate' or 'stages'");
        }
        if (stages.filter(List::isEmpty).isPresent() && !notes.hasProblems("")) {
            notes.problem("stages", "is empty", "give a list such as '- {for: 2m, to: 278}'");
        }
        if (notes.hasProblems("stages") || notes.hasProblems("duration")) {
            return;
        }
        Optional<Duration> end = end();
        Duration planned = length();
        end.filter(it -> it.compareTo(planned) < 0)
                .ifPresent(it -> notes.problem(
                        "duration",
                        "'%s' is shorter than the stages, which take %s"
                                .formatted(GoDuration.print(it), GoDuration.print(planned)),
                        "shorten them, or give the longer duration"));
        Duration warm = warmUp.orElse(Duration.ZERO);
        end.filter(it -> warm.compareTo(it) >= 0)
                .ifPresent(it -> notes.problem(
                        "warm_up",
                        "'%s' is not shorter than the flock's duration %s, so nothing would be evaluated"
                                .formatted(GoDuration.print(warm), GoDuration.print(it)),
                        "shorten it"));
    }

    static TimingOptions of(Flock flock) {
        Optional<Load.Open> open = flock.load() instanceof Load.Open it ? Optional.of(it) : Optional.empty();
        return new TimingOptions(
                Optional.of(open.isPresent() ? Model.OPEN : Model.CLOSED),
                Optional.empty(),
                open.map(Load.Open::arrivals),
                open.map(it -> it.stages().stream().map(StageOptions::of).toList()),
                Optional.of(new Limit(flock.duration())),
                Optional.of(flock.warmUp()).filter(Duration::isPositive));
    }

    Load load() {
        if (rate.isEmpty() && stages.isEmpty()) {
            return new Load.Closed();
        }
        List<Stage> plan = rate.map(level -> List.of(new Stage(end().orElse(CONSTANT_STAGE), level, level)))
                .orElseGet(this::plan);
        return new Load.Open(arrivals.orElse(Load.Arrivals.CONSTANT), plan);
    }

    /** The duration, by default that of the stages. */
    Optional<Duration> end() {
        return duration.map(Limit::duration)
                .orElseGet(() -> Optional.of(length()).filter(Duration::isPositive));
    }

    private Duration length() {
        return plan().stream().map(Stage::length).reduce(Duration.ZERO, Duration::plus);
    }

    /** The stages; by default a stage begins with the final rate of the previous one. */
    private List<Stage> plan() {
        List<Stage> plan = new ArrayList<>();
        for (StageOptions stage : stages.orElse(List.of())) {
            plan.add(stage.stage(plan.isEmpty() ? new Rate(0) : plan.getLast().to()));
        }
        return plan;
    }
}
