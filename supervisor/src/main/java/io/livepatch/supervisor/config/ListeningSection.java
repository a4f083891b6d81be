package io.livepatch.supervisor.config;

import io.livepatch.common.config.DidYouMean;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.WorkerPorts;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** {@code listen}, which is ours and means supervisor mode, and {@code server}, which is Monoceros' and means proxy mode. */
final class ListeningSection {

    static final Key<String> ADDRESS = AdminSection.address("address");
    static final Key<Integer> PORT = Readings.whole("port", 1, 65535);
    static final Key<Integer> WORKER_PORT = Readings.whole("worker_port", 1, 65535);
    static final Section LISTEN = Section.of("listen", List.of(ADDRESS, PORT, WORKER_PORT));

    static final Key<String> ARG_NAME = Readings.text("name", "the name of a flag, such as --port", text -> text);
    static final Key<Integer> START_PORT = Readings.whole("start_port", 1, 65535);
    static final Key<String> VALUE_TEMPLATE =
            Readings.text("value_template", "text with {{.Port}} in it", ListeningSection::template);
    static final Section PORT_ARG = Section.of("port_arg", List.of(ARG_NAME, START_PORT, VALUE_TEMPLATE));

    static final Key<Duration> SIGNAL_TIMEOUT = Readings.duration("signal_timeout");
    static final Key<String> HEALTH_CHECK_PATH =
            Readings.text("health_check_path", "a path such as /health", ListeningSection::webPath);
    static final Key<String> ALGORITHM = Readings.text(
            "load_balancer_algorithm", "ROUND_ROBIN, LEAST_REQUEST or RANDOM", ListeningSection::strategy);
    static final Key<Path> PROXY_CONFIG_PATH = Readings.path("proxy_config_path", "a directory");
    static final Key<Integer> ADMIN_PORT = Readings.whole("admin_port", 0, 65535);
    static final Key<String> LISTENER_ADDRESS = AdminSection.address("listener_address");
    static final Key<Integer> LISTENER_PORT = Readings.whole("listener_port", 0, 65535);
    static final Section SERVER = Section.of(
            "server",
            List.of(
                    SIGNAL_TIMEOUT,
                    HEALTH_CHECK_PATH,
                    ALGORITHM,
                    PROXY_CONFIG_PATH,
                    ADMIN_PORT,
                    LISTENER_ADDRESS,
                    LISTENER_PORT),
            PORT_ARG);

    /** As in Monoceros, whose proxy is there to be reached from outside. */
    private static final String EVERYWHERE = "0.0.0.0";

    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(10);
    private static final int DEFAULT_LISTENER_PORT = 10000;

    /** Ours for Envoy's. */
    static final Map<String, String> STRATEGIES =
            Map.of("ROUND_ROBIN", "round_robin", "LEAST_REQUEST", "least_connections", "RANDOM", "random");

    private static final Pattern PORT_ACTION = Pattern.compile("\\{\\{-?\\s*\\.Port\\s*-?}}");

    private ListeningSection() {}

    static Listening shared(Values values) {
        Optional<Integer> port = values.require(PORT);
        OptionalInt own = values.get(WORKER_PORT).stream().mapToInt(it -> it).findFirst();
        String address = values.get(ADDRESS).orElse(AdminSettings.DEFAULT_ADDRESS);
        return new Listening.Shared(new InetSocketAddress(address, port.orElse(1)), own);
    }

    static Listening proxied(Values values) {
        Optional<Integer> first = values.part(PORT_ARG).flatMap(it -> it.require(START_PORT));
        if (!values.has(PORT_ARG.name())) {
            values.note(PORT_ARG.name(), "is missing; give at least 'start_port'");
        }
        if (values.get(ADMIN_PORT).isPresent()) {
            values.problems()
                    .remark(
                            values.pathOf(ADMIN_PORT.name()),
                            "Envoy's admin port is ignored: there is no Envoy; the balancer is asked through a socket of its own");
        }
        int listener = values.get(LISTENER_PORT).filter(port -> port > 0).orElse(DEFAULT_LISTENER_PORT);
        return new Listening.Proxied(
                first.orElse(1),
                new InetSocketAddress(values.get(LISTENER_ADDRESS).orElse(EVERYWHERE), listener),
                values.get(ALGORITHM).orElse("round_robin"),
                values.require(HEALTH_CHECK_PATH).orElse("/"),
                values.get(SIGNAL_TIMEOUT).filter(Duration::isPositive).orElse(DEFAULT_DRAIN));
    }

    /** The flag and its value, which Monoceros puts before all other arguments; nothing if the worker reads {@code PORT}. */
    static List<String> portArguments(Values server) {
        return server.part(PORT_ARG)
                .flatMap(values -> {
                    String value = values.get(VALUE_TEMPLATE).orElse(WorkerPorts.PORT);
                    if (values.has(VALUE_TEMPLATE.name()) && !values.has(ARG_NAME.name())) {
                        values.note(ARG_NAME.name(), "is missing beside a value_template; give " + ARG_NAME.expected());
                    }
                    return values.get(ARG_NAME).map(name -> List.of(name, value));
                })
                .orElse(List.of());
    }

    private static String template(String text) {
        String filled = PORT_ACTION.matcher(text).replaceAll(WorkerPorts.PORT);
        if (filled.equals(text) || filled.contains("{{") || filled.contains("}}")) {
            throw new IllegalArgumentException("'%s' is not a template of the port alone".formatted(text));
        }
        return filled;
    }

    private static String webPath(String text) {
        if (!text.matches("/[^\\s]*")) {
            throw new IllegalArgumentException("'%s' is not a path of a URL".formatted(text));
        }
        return text;
    }

    private static String strategy(String text) {
        Optional<String> known = Optional.ofNullable(STRATEGIES.get(text.toUpperCase(Locale.ROOT)));
        return known.orElseThrow(() -> new IllegalArgumentException("'%s' is not known%s"
                .formatted(
                        text,
                        DidYouMean.similar(text.toUpperCase(Locale.ROOT), STRATEGIES.keySet())
                                .map(similar -> " (did you mean '" + similar + "'?)")
                                .orElse(""))));
    }

    /** Envoy's word for one of ours. */
    static String algorithm(String strategy) {
        return STRATEGIES.entrySet().stream()
                .filter(words -> words.getValue().equals(strategy))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no strategy of a file: " + strategy));
    }
}
