package io.livepatch.charm.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The metadata of a charm from {@code metadata.yaml}, {@code config.yaml} and {@code actions.yaml}, with limits and formats that
 * these files cannot express.
 *
 * @param limits limits and rules that the files cannot express
 */
public record CharmMetadata(
        String name,
        String summary,
        Map<String, Endpoint> endpoints,
        Map<String, CharmOption> options,
        Map<String, ActionSpec> actions,
        Limits limits) {

    /** The most bytes that all values of an application may have together, in UTF-8: 2 MiB. */
    public static final int MAX_CONFIGURATION_BYTES = 2 << 20;

    public CharmMetadata {
        endpoints = new LinkedHashMap<>(endpoints);
        options = new LinkedHashMap<>(options);
        actions = new LinkedHashMap<>(actions);
    }

    /**
     * The limits of a charm's applications.
     *
     * @param scaling how many units there may be, by the options; empty for any number
     * @param rules which values of options, defaults included, contradict each other. Reads nothing but the values and the
     *     clock, within milliseconds: it is called while the model is locked, before a change of the model. Juju does not call it,
     *     so the charm is blocked instead ({@link #problem})
     * @param takes connections that each unit opens to a related application
     * @param gives connections that the application has for all related ones
     * @param data whether the removal of a unit deletes data that exists nowhere else, by the options
     */
    public record Limits(
            Function<CharmConfig, Optional<ScaleLimit>> scaling,
            Function<CharmConfig, List<Violation>> rules,
            Optional<Demand> takes,
            Optional<Demand> gives,
            Predicate<CharmConfig> data) {
        static final Limits NONE =
                new Limits(_ -> Optional.empty(), _ -> List.of(), Optional.empty(), Optional.empty(), _ -> false);
    }

    /** Reads {@code charms/<name>/*.yaml} from the class path. */
    public static CharmMetadata read(String name) {
        return new CharmMetadataReader(name).read();
    }

    private CharmMetadata with(Limits value) {
        return new CharmMetadata(name, summary, endpoints, options, actions, value);
    }

    public CharmMetadata withScaling(Function<CharmConfig, Optional<ScaleLimit>> value) {
        return with(new Limits(value, limits.rules, limits.takes, limits.gives, limits.data));
    }

    public CharmMetadata withRules(Function<CharmConfig, List<Violation>> value) {
        return with(new Limits(limits.scaling, value, limits.takes, limits.gives, limits.data));
    }

    /** With connections that units open to the application at the other end of an endpoint. */
    public CharmMetadata withTaken(Demand value) {
        return with(new Limits(limits.scaling, limits.rules, Optional.of(value), limits.gives, limits.data));
    }

    /** With connections for the applications at the other end of an endpoint. */
    public CharmMetadata withGiven(Demand value) {
        return with(new Limits(limits.scaling, limits.rules, limits.takes, Optional.of(value), limits.data));
    }

    /** With the test whether the removal of a unit deletes data that exists nowhere else. */
    public CharmMetadata withData(Predicate<CharmConfig> value) {
        return with(new Limits(limits.scaling, limits.rules, limits.takes, limits.gives, value));
    }

    /**
     * With the format of each option; {@link CharmConfig#REMOVAL_TIMEOUT} has the same in every charm.
     *
     * @throws IllegalArgumentException when an option has none, or a format has no option
     */
    public CharmMetadata withFormats(Map<String, ValueFormat> declared) {
        Map<String, ValueFormat> formats = new HashMap<>(declared);
        formats.put(CharmConfig.REMOVAL_TIMEOUT, ValueFormat.duration(Duration.ofSeconds(1), Duration.ofHours(24)));
        if (!formats.keySet().equals(options.keySet())) {
            Set<String> differing = new HashSet<>(options.keySet());
            differing.addAll(formats.keySet());
            differing.removeIf(key -> options.containsKey(key) && formats.containsKey(key));
            throw new IllegalArgumentException(
                    "options of charm '" + name + "' without a format, or the reverse: " + differing);
        }
        Map<String, CharmOption> all = new LinkedHashMap<>();
        options.forEach((key, option) -> all.put(key, option.withFormat(Objects.requireNonNull(formats.get(key)))));
        return new CharmMetadata(name, summary, endpoints, all, actions, limits);
    }

    /** The endpoint of the relation between the units of one application; empty if the charm declares none. */
    public Optional<Endpoint> peers() {
        return endpoints.values().stream()
                .filter(endpoint -> endpoint.role() == Endpoint.Role.PEERS)
                .findFirst();
    }

    /** The most units that an application with this configuration may have; empty for any number. */
    public Optional<ScaleLimit> scaleLimit(CharmConfig config) {
        return limits.scaling.apply(config);
    }

    /** The problem that the charm has no option of this name, with a suggestion; empty if it has. */
    public Optional<String> unknownOption(String key) {
        return options.containsKey(key)
                ? Optional.empty()
                : Optional.of(
                        key + ": unknown option of charm '" + name + "'" + Suggestion.after(key, options.keySet()));
    }

    /**
     * The action of this name.
     *
     * @throws CharmException.Invalid with a suggestion, if there is none
     */
    public ActionSpec action(String key) {
        return Optional.ofNullable(actions.get(key))
                .orElseThrow(() -> new CharmException.Invalid(
                        "charm '" + name + "' has no action '" + key + "'" + Suggestion.after(key, actions.keySet())));
    }

    /**
     * The problems of a configuration change. A rule that was broken before counts only if the change affects one of its options:
     * otherwise an expired certificate, or a value that an older version accepted, would block every other change.
     *
     * @param before the options that were set
     * @param after the options that are to be set
     */
    public List<String> problems(Map<String, String> before, Map<String, String> after) {
        Set<String> changed = new HashSet<>(before.keySet());
        changed.addAll(after.keySet());
        changed.removeIf(key -> Objects.equals(before.get(key), after.get(key)));
        return violations(after).stream()
                .filter(violation -> !Collections.disjoint(violation.options(), changed))
                .map(Violation::message)
                .toList();
    }

    public void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new CharmException.Invalid("the configuration of '" + name + "' is refused", problems);
        }
    }

    /**
     * All violations of these options: unknown options, values of a wrong type, format or length, and contradicting values.
     * Contradictions are checked only between options that are valid by themselves.
     */
    public List<Violation> violations(Map<String, ?> set) {
        List<Violation> all = new ArrayList<>();
        set.forEach((key, value) -> {
            CharmOption option = options.get(key);
            (option == null ? unknownOption(key) : option.problem(value))
                    .ifPresent(message -> all.add(Violation.of(key, message)));
        });
        long bytes = set.values().stream()
                .mapToLong(value -> CharmOption.length(String.valueOf(value)))
                .sum();
        if (all.isEmpty() && bytes > MAX_CONFIGURATION_BYTES) {
            all.add(new Violation(
                    set.keySet(),
                    "all options of an application together may have " + MAX_CONFIGURATION_BYTES
                            + " bytes, and these have " + bytes + ": set shorter values, or reset some"));
        }
        Set<String> wrong = all.stream().flatMap(it -> it.options().stream()).collect(Collectors.toSet());
        limits.rules.apply(effective(set)).stream()
                .filter(violation -> Collections.disjoint(violation.options(), wrong))
                .forEach(all::add);
        return List.copyOf(all);
    }

    private List<String> unreadable(Map<String, ?> set) {
        return set.entrySet().stream()
                .flatMap(entry -> Optional.ofNullable(options.get(entry.getKey()))
                        .filter(option -> !option.readable(entry.getValue()))
                        .flatMap(option -> option.problem(entry.getValue()))
                        .stream())
                .toList();
    }

    /**
     * Why a unit cannot run with these options. A charm is blocked with this text if the substrate accepted them, as Juju does, or
     * an older version did.
     */
    public Optional<String> problem(CharmConfig config) {
        String problems = Stream.concat(
                        config.unreadable().stream(),
                        violations(config.values()).stream().map(Violation::message))
                .collect(Collectors.joining("; "));
        return problems.isEmpty() ? Optional.empty() : Optional.of(problems);
    }

    /**
     * The effective configuration: the set values over the defaults. Values of a wrong type or length, which an older version may
     * have accepted, are listed as unreadable; those without an option are left out.
     */
    public CharmConfig effective(Map<String, ?> set) {
        Map<String, Object> all = new LinkedHashMap<>();
        options.values().forEach(option -> option.defaultValue().ifPresent(value -> all.put(option.name(), value)));
        set.forEach((key, raw) -> Optional.ofNullable(options.get(key))
                .filter(option -> option.readable(raw))
                .flatMap(option -> option.read(raw))
                .ifPresent(value -> all.put(key, value)));
        return new CharmConfig(all, unreadable(set));
    }

    /** An endpoint of a charm for relations. */
    public record Endpoint(String name, Role role, String protocol) {

        /** The side of a relation. */
        public enum Role {
            PROVIDES,
            REQUIRES,
            PEERS
        }
    }

    /**
     * The connections that one side of a relation opens, or that the other side has for all related applications. The model refuses
     * a change after which there would be too few.
     *
     * @param endpoint the charm's endpoint for the connections
     * @param connections computed from the options: of one unit that opens them, or in total of an application that has them
     * @param remedy what to change to open fewer, or to have more; completes "or …"
     */
    public record Demand(String endpoint, ToLongFunction<CharmConfig> connections, String remedy) {}

    /**
     * A rule that is broken.
     *
     * @param options the options that the rule is about
     * @param message which option is wrong and why, and what to set instead; never a sensitive value
     */
    public record Violation(Set<String> options, String message) {
        public Violation {
            options = Set.copyOf(options);
        }

        public static Violation of(String option, String message) {
            return new Violation(Set.of(option), message);
        }
    }
}
