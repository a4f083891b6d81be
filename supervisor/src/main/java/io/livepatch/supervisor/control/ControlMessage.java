package io.livepatch.supervisor.control;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.livepatch.common.cli.Version;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.SupervisorException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/** A line that the supervisor sends. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "message")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ControlMessage.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = ControlMessage.Done.class, name = "done"),
    @JsonSubTypes.Type(value = ControlMessage.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = ControlMessage.Pool.class, name = "pool"),
    @JsonSubTypes.Type(value = ControlMessage.Removed.class, name = "removed")
})
sealed interface ControlMessage {

    /**
     * The version of the protocol; it grows when a change needs more than new requests and new fields. Version 2 has the same messages; a
     * supervisor that speaks it gives the sockets of a pool's workers to their successors' user.
     */
    int PROTOCOL = 2;

    /** The first version whose supervisor hands over sockets. */
    int HANDS_OVER_SOCKETS = 2;

    /** The oldest version that this build understands. */
    int OLDEST = 1;

    /** Longer than the spec of any pool: the arguments and the environment of a process have at most 2 MiB. */
    int MAX_CHARACTERS = 8 << 20;

    /** A side that sends nothing for this time hangs. A client asks more often, so that a supervisor has something to say. */
    Duration MAX_SILENCE = Duration.ofSeconds(5);

    JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .addMixIn(Listening.class, ListeningTypes.class)
            .addMixIn(Probe.class, ProbeTypes.class)
            .addModule(Text.module())
            .build();

    /**
     * The first line of either side.
     *
     * @param protocol its version of the protocol
     * @param oldest the oldest version that it understands
     * @param requests the names of the requests that it answers; empty for a client
     * @param version of its program
     */
    record Hello(int protocol, int oldest, List<String> requests, long pid, String version) implements ControlMessage {
        public Hello {
            requests = requests == null ? List.of() : List.copyOf(requests);
        }

        /** The hello of this process. */
        static Hello ofThisProgram(List<String> requests) {
            return new Hello(PROTOCOL, OLDEST, requests, ProcessHandle.current().pid(), Version.current());
        }

        /**
         * Checks that both sides can talk.
         *
         * @throws SupervisorException.Unavailable if one of them is too old
         */
        static void requireCompatible(Hello client, Hello supervisor) {
            String who =
                    "the supervisor (process %d, version %s) speaks versions %d to %d of the control protocol, and this program %d to %d: "
                            .formatted(
                                    supervisor.pid(),
                                    supervisor.version(),
                                    supervisor.oldest(),
                                    supervisor.protocol(),
                                    client.oldest(),
                                    client.protocol());
            if (supervisor.protocol() < client.oldest()) {
                throw new SupervisorException.Unavailable(
                        who + "stop the supervisor, which stops its workers, and start a newer one");
            }
            if (client.protocol() < supervisor.oldest()) {
                throw new SupervisorException.Unavailable(who + "use a newer build of this program");
            }
        }
    }

    /** The request was executed; {@code text} is its result, if it has one. */
    record Done(long id, Optional<String> text) implements ControlMessage {}

    /** The request was not executed. */
    record Failed(long id, Kind kind, String message) implements ControlMessage {

        enum Kind {
            INVALID,
            REFUSED,
            UNSUPPORTED,
            INTERNAL
        }

        static Failed of(long id, RuntimeException e) {
            Kind kind = switch (e) {
                case SupervisorException.InvalidSpec _ -> Kind.INVALID;
                case SupervisorException.Refused _ -> Kind.REFUSED;
                case SupervisorException.Unsupported _ -> Kind.UNSUPPORTED;
                default -> Kind.INTERNAL;
            };
            return new Failed(id, kind, kind == Kind.INTERNAL ? e.toString() : String.valueOf(e.getMessage()));
        }

        SupervisorException exception() {
            return switch (kind) {
                case INVALID -> new SupervisorException.InvalidSpec(message);
                case REFUSED, INTERNAL -> new SupervisorException.Refused(message);
                case UNSUPPORTED -> new SupervisorException.Unsupported(message);
            };
        }
    }

    /** The state of a pool that is new or has changed. Of several changes in short succession only the last is sent. */
    record Pool(PoolState state) implements ControlMessage {}

    /** The pool of this name does not exist any more. */
    record Removed(String pool) implements ControlMessage {}

    /** A request; its reply has the same id. Requests of one connection are executed at the same time. */
    record Call(long id, Request request) {}

    /** What a client asks for. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "request")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Request.Ping.class, name = "ping"),
        @JsonSubTypes.Type(value = Request.Watch.class, name = "watch"),
        @JsonSubTypes.Type(value = Request.Apply.class, name = "apply"),
        @JsonSubTypes.Type(value = Request.Recycle.class, name = "recycle"),
        @JsonSubTypes.Type(value = Request.Stop.class, name = "stop"),
        @JsonSubTypes.Type(value = Request.ReadFile.class, name = "read-file"),
        @JsonSubTypes.Type(value = Request.Metrics.class, name = "metrics"),
        @JsonSubTypes.Type(value = Request.Shutdown.class, name = "shutdown")
    })
    sealed interface Request {

        /** The names of all. */
        static List<String> names() {
            return Stream.of(Request.class.getAnnotation(JsonSubTypes.class).value())
                    .map(JsonSubTypes.Type::name)
                    .toList();
        }

        /** Answers whether the supervisor is shutting down: {@code stopping}, or else {@code running}. */
        record Ping() implements Request {}

        /** Sends the states of all pools, then the reply, and from then on each change. */
        record Watch() implements Request {}

        /**
         * Starts a pool, or changes the running one of its name.
         *
         * @param reload the signal for processes that stay and have to read their inputs again
         */
        record Apply(PoolSpec spec, String label, Optional<String> reload) implements Request {}

        /** Begins to replace all workers of a pool. */
        record Recycle(String pool) implements Request {}

        /** Stops an applied pool and removes it; the reply follows when its processes are gone. */
        record Stop(String pool) implements Request {}

        /** Reads the supervisor's file again, as SIGHUP does; answers what has changed. */
        record ReadFile() implements Request {}

        /** Answers the metrics in Prometheus' text format. */
        record Metrics() implements Request {}

        /** Stops all workers, and then the supervisor; the reply comes first. */
        record Shutdown() implements Request {}
    }

    /** For {@link Listening}, which depends on no library. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Listening.Unmanaged.class, name = "unmanaged"),
        @JsonSubTypes.Type(value = Listening.Shared.class, name = "shared"),
        @JsonSubTypes.Type(value = Listening.Proxied.class, name = "proxied")
    })
    interface ListeningTypes {}

    /** For {@link Probe}. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Probe.Http.class, name = "http"),
        @JsonSubTypes.Type(value = Probe.Tcp.class, name = "tcp"),
        @JsonSubTypes.Type(value = Probe.Socket.class, name = "socket"),
        @JsonSubTypes.Type(value = Probe.Responsive.class, name = "responsive"),
        @JsonSubTypes.Type(value = Probe.Command.class, name = "command")
    })
    interface ProbeTypes {}

    /** Values that are sent as text. Jackson's own forms look at the file system or lose whether an address is resolved. */
    final class Text {
        private Text() {}

        static SimpleModule module() {
            return new SimpleModule()
                    .addSerializer(new Writer<>(Path.class, Path::toString))
                    .addDeserializer(Path.class, new Reader<>(Path.class, Path::of))
                    .addSerializer(new Writer<>(InetSocketAddress.class, Text::write))
                    .addDeserializer(InetSocketAddress.class, new Reader<>(InetSocketAddress.class, Text::readAddress));
        }

        private static String write(InetSocketAddress address) {
            return address.getAddress().getHostAddress() + " " + address.getPort();
        }

        private static InetSocketAddress readAddress(String text) {
            int space = text.indexOf(' ');
            return new InetSocketAddress(
                    InetAddress.ofLiteral(text.substring(0, space)), Integer.parseInt(text.substring(space + 1)));
        }

        private static final class Writer<T> extends StdSerializer<T> {
            private final Function<T, String> text;

            Writer(Class<T> type, Function<T, String> text) {
                super(type);
                this.text = text;
            }

            @Override
            public void serialize(T value, JsonGenerator generator, SerializationContext context) {
                generator.writeString(text.apply(value));
            }
        }

        private static final class Reader<T> extends StdDeserializer<T> {
            private final Function<String, T> value;

            Reader(Class<T> type, Function<String, T> value) {
                super(type);
                this.value = value;
            }

            @Override
            public T deserialize(JsonParser parser, DeserializationContext context) {
                return value.apply(parser.getString());
            }
        }
    }
}
