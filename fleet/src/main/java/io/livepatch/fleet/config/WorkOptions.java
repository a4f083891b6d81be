package io.livepatch.fleet.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import io.livepatch.fleet.flock.Workload;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code options} of a flock or of its {@code business}. Each kind of work has some of them. */
record WorkOptions(
        @Option(
                value = "the pause after a turn, in a closed load",
                key = "idle_time",
                byDefault = "1m",
                min = "0s",
                max = TimingOptions.LONGEST,
                example = "5m30s")
        Duration idle,

        @Option(
                value = "the pause after a turn that failed, in a closed load",
                key = "error_idle_time",
                byDefault = "1m",
                min = "0s",
                max = TimingOptions.LONGEST,
                example = "5m30s")
        Duration errorIdle,

        @Option("`business.restart`, which it overrides") Optional<Boolean> restart,

        @Option(
                value = "`check-in` only: the part of the turns that also fetch the patch",
                byDefault = "0",
                expected = "a part such as 0.01 or 1%")
        Optional<Fraction> fetching,

        @Option(
                value = "`thundering-herd` only: nobody asks for so long after the start",
                byDefault = "2m",
                min = "0s",
                max = "24h",
                example = "5m30s")
        Optional<Duration> outage,

        @Option(
                value = "`slow-reader` only: how fast a patch is fetched",
                key = "bytes_per_second",
                byDefault = "10KiB",
                expected = "a size from 1 to 1GiB, such as 10KiB")
        Optional<Speed> speed) {

    /** What a flock's machines do. */
    enum Type {
        CHECK_IN("fetching"),
        EMPTY_LOOP,
        ENROLL_CHURN,
        FETCH,
        MISBEHAVING,
        SLOW_READER("bytes_per_second"),
        THUNDERING_HERD("outage");

        private final String own;

        Type() {
            this("");
        }

        /** Has the options of all, and one of its own. */
        Type(String own) {
            this.own = own;
        }

        private List<String> options() {
            return Stream.of("idle_time", "error_idle_time", "restart", own)
                    .filter(key -> !key.isEmpty())
                    .toList();
        }
    }

    /** Part of one, also in per cent. */
    record Fraction(Double number) implements ConfigPrinter.Numeric {
        static Fraction parse(String text) {
            boolean percent = text.endsWith("%");
            String number = percent ? text.substring(0, text.length() - 1).strip() : text;
            if (!number.matches("\\d{1,12}(\\.\\d{1,20})?([eE][-+]?\\d{1,2})?")) {
                throw new IllegalArgumentException("is no part of one");
            }
            BigDecimal part = new BigDecimal(number).movePointLeft(percent ? 2 : 0);
            if (part.compareTo(BigDecimal.ONE) > 0) {
                throw new IllegalArgumentException("is no part of one");
            }
            return new Fraction(part.doubleValue());
        }
    }

    /** Bytes in a second. */
    record Speed(Long number) implements ConfigPrinter.Numeric {
        static Speed parse(String text) {
            long bytes = DataSize.parse(text).bytes();
            if (bytes < 1 || bytes > 1L << 30) {
                throw new IllegalArgumentException("is out of range");
            }
            return new Speed(bytes);
        }
    }

    /** {@code business} of a flock. */
    record Business(
            @Option("what a turn is, see above") Type type,

            @Option(value = "whether a monkey goes on after a turn that failed", byDefault = "true")
            boolean restart,

            @Option("as `options` of the flock, instead of them")
            WorkOptions options) {
        static Business of(Workload workload) {
            WorkOptions options = new WorkOptions(
                    workload.pace().idle(),
                    workload.pace().errorIdle(),
                    Optional.empty(),
                    workload instanceof Workload.CheckIn it
                            ? Optional.of(new Fraction(it.fetching()))
                            : Optional.empty(),
                    workload instanceof Workload.ThunderingHerd it ? Optional.of(it.outage()) : Optional.empty(),
                    workload instanceof Workload.SlowReader it
                            ? Optional.of(new Speed(it.bytesPerSecond()))
                            : Optional.empty());
            Type type = Type.valueOf(workload.type().toUpperCase(Locale.ROOT).replace('-', '_'));
            return new Business(type, workload.pace().restart(), options);
        }

        /**
         * The work.
         *
         * @param beside options that stand beside the business instead of in it
         */
        Workload work(Optional<WorkOptions> beside) {
            WorkOptions given = beside.orElse(options);
            Workload.Pace pace = new Workload.Pace(given.idle, given.errorIdle, given.restart.orElse(restart));
            return switch (type) {
                case CHECK_IN ->
                    new Workload.CheckIn(pace, given.fetching.orElseThrow().number());
                case EMPTY_LOOP -> new Workload.EmptyLoop(pace);
                case ENROLL_CHURN -> new Workload.EnrollChurn(pace);
                case FETCH -> new Workload.Fetch(pace);
                case MISBEHAVING -> new Workload.Misbehaving(pace);
                case SLOW_READER ->
                    new Workload.SlowReader(pace, given.speed.orElseThrow().number());
                case THUNDERING_HERD -> new Workload.ThunderingHerd(pace, given.outage.orElseThrow());
            };
        }
    }

    /** Refuses options that only other kinds of work have. */
    static void check(Type type, String path, Checked.Notes notes) {
        Stream.of(Type.values())
                .filter(other -> other != type && !other.own.isEmpty() && notes.given(path + "." + other.own))
                .forEach(other -> notes.problem(
                        path + "." + other.own,
                        "unknown key",
                        "remove it; keys are " + String.join(", ", type.options())));
    }
}
