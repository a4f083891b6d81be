package io.livepatch.common.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a configuration into a record whose components are declared with {@link Option}. The shape of the YAML is checked before
 * a value is read, so that a misspelt key is named, and every problem is reported at once. Keys may be nested or dotted, with
 * {@code -} or {@code _}; a key without a value counts as absent; environment variables override the file. Not thread-safe.
 *
 * @param <T> the root of the configuration
 */
public final class ConfigReader<T extends Record> {
    private static final int MAX_LENGTH = 1 << 20;

    /**
     * A configuration that was read.
     *
     * @param warnings problems that do not prevent its use
     */
    public record Result<T>(T value, List<ConfigProblem> warnings) {
        public Result {
            warnings = List.copyOf(warnings);
        }
    }

    /** How to read. */
    record Settings(
            String prefix,
            Map<String, String> environment,
            UnsupportedKeys unsupported,
            boolean strictTypes,
            boolean refuseAliases,
            Optional<Path> directory,
            Map<String, String> defaults,
            Map<Class<?>, BiConsumer<Object, Checked.Notes>> checks) {}

    private final Class<T> type;
    private final ConfigSchema schema;
    private String prefix = "";
    private Map<String, String> environment = Map.of();
    private UnsupportedKeys unsupported = UnsupportedKeys.NONE;
    private boolean strictTypes;
    private boolean refuseAliases;
    private Optional<Path> directory = Optional.empty();
    private final Map<String, String> defaults = new HashMap<>();
    private final Map<Class<?>, BiConsumer<Object, Checked.Notes>> checks = new HashMap<>();

    private ConfigReader(Class<T> type, KeyStyle style) {
        this.type = type;
        this.schema = ConfigSchema.of(type, style);
    }

    /** Throws {@link IllegalStateException} if the declaration of an option is contradictory. */
    public static <T extends Record> ConfigReader<T> of(Class<T> type, KeyStyle style) {
        return new ConfigReader<>(type, style);
    }

    /**
     * Lets environment variables override the file.
     *
     * @param prefix of a variable for each option, {@code LP_} for {@code LP_SERVER_URL_TTL}; other variables that begin with it are
     *     unknown keys. Empty if only {@link Option#variables} count.
     */
    public ConfigReader<T> environment(String prefix, Map<String, String> environment) {
        this.prefix = prefix;
        this.environment = Map.copyOf(environment);
        return this;
    }

    /** Accepts options of another program while they are switched off. */
    public ConfigReader<T> unsupported(UnsupportedKeys unsupported) {
        this.unsupported = unsupported;
        return this;
    }

    /** Refuses numbers and booleans in quotes, and durations without a unit. */
    public ConfigReader<T> strictTypes() {
        this.strictTypes = true;
        return this;
    }

    /** Refuses YAML's aliases. */
    public ConfigReader<T> refuseAliases() {
        this.refuseAliases = true;
        return this;
    }

    /** Resolves relative paths against a directory. */
    public ConfigReader<T> directory(Path directory) {
        this.directory = Optional.of(directory.toAbsolutePath());
        return this;
    }

    /** Sets the default of an option at run time. It overrides the default of the declaration. */
    public ConfigReader<T> byDefault(String key, String text) {
        defaults.put(key, text);
        return this;
    }

    /** Adds a check of each section of a type, after the section's own {@link Checked}; for conditions outside of the configuration. */
    public <S extends Record> ConfigReader<T> check(Class<S> section, BiConsumer<S, Checked.Notes> check) {
        checks.put(section, (bound, notes) -> check.accept(section.cast(bound), notes));
        return this;
    }

    /**
     * Reads a file of up to 1 MiB.
     *
     * @throws ConfigException with all problems
     */
    public Result<T> read(Path file) {
        return read(file.toString(), text(file));
    }

    /**
     * Reads a text.
     *
     * @param source its name in messages
     * @throws ConfigException with all problems
     */
    public Result<T> read(String source, String text) {
        ProblemList problems = new ProblemList(source);
        Settings settings =
                new Settings(prefix, environment, unsupported, strictTypes, refuseAliases, directory, defaults, checks);
        RawValuesReader reader = new RawValuesReader(settings, problems);
        Optional<Node> document = YamlFile.read(text, (line, what) -> problems.add(line, "", what, ""));
        RawValues root = new RawValues("", document.map(YamlFile::line).orElse(0));
        // Without a parsed document, each required option would be reported as missing too.
        boolean readable = problems.isEmpty();
        document.ifPresent(node -> reader.collectDocument(schema, node, root));
        reader.collectEnvironment(schema, root);
        Object bound = readable ? new RecordBinder(settings, reader, problems).bind(schema, root) : null;
        if (bound == null || !problems.isEmpty()) {
            throw problems.exception();
        }
        return new Result<>(type.cast(bound), problems.warnings());
    }

    /**
     * Reads the environment only.
     *
     * @throws ConfigException with all problems
     */
    public Result<T> readEnvironment() {
        return read("the environment", "");
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_LENGTH + 1);
            if (bytes.length > MAX_LENGTH) {
                throw unreadable(file, "is longer than 1MiB", "give a configuration file");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (NoSuchFileException e) {
            throw unreadable(file, "does not exist", "give the path of a YAML file");
        } catch (CharacterCodingException e) {
            throw unreadable(file, "is not UTF-8 text", "give a YAML file");
        } catch (IOException e) {
            throw unreadable(file, "cannot be read: " + e.getMessage(), "check its permissions");
        }
    }

    private static ConfigException unreadable(Path file, String what, String remedy) {
        return new ConfigException(List.of(new ConfigProblem(file.toString(), 0, "", "", what, remedy)));
    }
}
