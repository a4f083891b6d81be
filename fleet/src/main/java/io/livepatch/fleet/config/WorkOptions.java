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

/** {@code options} of a flock or of its {@code business}; each type has some of them. */
record WorkOptions(
        @Option(
                value = "the pause after an iteration, in a closed load",
                key = "idle_time",
                byDefault = "1m",
                min = "0s",
                max = TimingOptions.MAX_DURATION,
                example = "5m30s")
        Duration idle,

        @Option(
                value = "the pause after a failed iteration, in a closed load",
                key = "error_idle_time",
                byDefault = "1m",
                min = "0s",
                max = TimingOptions.MAX_DURATION,
                example = "5m30s")
        Duration errorIdle,

        @Option("overrides `business.restart`") Optional<Boolean> restart,

        @Option(
                value = "`check-in` only: the fraction of iterations that also download the patch",
                byDefault = "0",
                expected = "a fraction such as 0.01 or 1%")
        Optional<Fraction> fetching,

        @Option(
                value = "`thundering-herd` only: the time after the start without requests",
                byDefault = "2m",
                min = "0s",
                max = "24h",
                example = "5m30s")
        Optional<Duration> outage,

        @Option(
                value = "`slow-reader` only: the download rate",
                key = "bytes_per_second",
                byDefault = "10KiB",
                expected = "a size from 1 to 1GiB, such as 10KiB")
        Optional<Speed> speed) {

    /** The scenarios. */
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

        Type(String own) {
            this.own = own;
        }

        private List<String> options() {
            return Stream.of("idle_time", "error_idle_time", "restart", own)
                    .filter(key -> !key.isEmpty())
                    .toList();
        }
    }

    /** A number from 0 to 1, also as a percentage. */
    record Fraction(Double number) implements ConfigPrinter.Numeric {
        static Fraction parse(String text) {
            boolean percent = text.endsWith("%");
            String number = percent ? text.substring(0, text.length() - 1).strip() : text;
            if (!number.matches("\\d{1,12}(\\.\\d{1,20})?([eE][-+]?\\d{1,2})?")) {
                throw new IllegalArgumentException("is not a fraction");
            }
            BigDecimal fraction = new BigDecimal(number).movePointLeft(percent ? 2 : 0);
            if (fraction.compareTo(BigDecimal.ONE) > 0) {
                throw new IllegalArgumentException("is not a fraction");
            }
            return new Fraction(fraction.doubleValue());
        }
    }

    /** Bytes per second. */
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
            @Option("the scenario of an iteration, see above")
            Type type,

            @Option(value = "whether a monkey continues after a failed iteration", byDefault = "true")
            boolean restart,

            @Option("replaces `options` of the flock") WorkOptions options) {
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
         * The workload.
         *
         * @param flockOptions options of the flock, which replace those of the business
         */
        Workload work(Optional<WorkOptions> flockOptions) {
            WorkOptions given = flockOptions.orElse(options);
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

    /** Reports options that only other types have. */
    static void check(Type type, String path, Checked.Notes notes) {
        Stream.of(Type.values())
                .filter(other -> other != type && !other.own.isEmpty() && notes.given(path + "." + other.own))
                .forEach(other -> notes.problem(
                        path + "." + other.own,
                        "unknown key",
                        "remove it; keys are " + String.join(", ", type.options())));
    }
}
