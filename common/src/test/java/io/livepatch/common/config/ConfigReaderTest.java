package io.livepatch.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
    enum Level {
        INFO,
        VERY_LOUD
    }

    record Color(int red) {
        static Color parse(String text) {
            if (!text.startsWith("#")) {
                throw new IllegalArgumentException("is not a color");
            }
            return new Color(Integer.parseInt(text.substring(1)));
        }
    }

    record Even(int number) {
        static Even parse(String text) {
            if (!text.matches("\\d*[02468]")) {
                throw new IllegalArgumentException("the number '" + text + "' is not even");
            }
            return new Even(Integer.parseInt(text));
        }
    }

    record Percent(int hundredths) implements ConfigPrinter.Numeric {
        static Percent parse(String text) {
            return new Percent(Integer.parseInt(text.replace("%", "")));
        }

        @Override
        public Number number() {
            return hundredths / 100.0;
        }
    }

    record Name(String text) {
        Name {
            if (!text.matches("[a-z]+")) {
                throw new IllegalArgumentException("is not a name");
            }
        }
    }

    @OptionGroup(
            rule = OptionGroup.Rule.AT_MOST_ONE,
            keys = {"token", "token-file"})
    @OptionGroup(
            rule = OptionGroup.Rule.ALL_OR_NONE,
            keys = {"user", "group"})
    record Server(
            @Option(value = "where to listen", byDefault = ":8080")
            InetSocketAddress address,

            @Option(value = "life of a URL", byDefault = "1h", min = "10s", max = "168h", example = "1h")
            Duration urlTtl,

            @Option(value = "life of a key", byDefault = "720h", min = "1h", max = "8760h", zero = "never")
            Duration keyAge,

            @Option(value = "largest patch", byDefault = "64MiB", min = "1KiB", max = "16GiB")
            DataSize maxSize,

            @Option(value = "requests at once", byDefault = "10", min = "1", max = "100")
            int limit,

            @Option(value = "how much is logged", byDefault = "info")
            Level logLevel,

            @Option(value = "whether it is on", byDefault = "false")
            boolean enabled,

            @Option("of the frame") Optional<Color> color,

            @Option(value = "trusted", separator = "[,\\s]+", byDefault = "a, b")
            List<Name> proxies,

            @Option("a token") Optional<Secret> token,
            @Option("a file with a token") Optional<Path> tokenFile,
            @Option("a user") Optional<String> user,
            @Option("a group") Optional<String> group) {}

    record Worker(
            @Option("its name") String name,

            @Option(value = "how many", byDefault = "1", min = "0", max = "9", variables = "REPLICAS")
            int replicas,

            @Option("variables") Map<String, String> env,
            @Option("arguments") List<String> args)
            implements Checked {
        Worker {
            if (name.length() > 20) {
                throw new IllegalArgumentException("has a name that is too long");
            }
        }

        @Override
        public void check(Notes notes) {
            if (replicas > 5 && args.isEmpty()) {
                notes.problem("args", "are missing with more than 5 replicas", "give some");
            }
            if (notes.given("replicas") && replicas == 1) {
                notes.warning("replicas", "is the default");
            }
        }
    }

    record Job(
            @Option("its kind") Name type,
            @Option(value = "again", byDefault = "true") boolean restart) {}

    record Config(
            @Option("the server") Server server,

            @Option(value = "the workers", aliases = "autostart")
            List<Worker> workers,

            @Option(value = "the job", shorthand = "type") Optional<Job> job,

            @Option(value = "where", key = "dsn", secret = true)
            String connection) {}

    private final ConfigReader<Config> reader = ConfigReader.of(Config.class, KeyStyle.HYPHENS);

    private Config read(String text) {
        return reader.read("file.yaml", text).value();
    }

    private List<String> problems(String text) {
        ConfigException refusal = catchThrowableOfType(ConfigException.class, () -> read(text));
        return refusal.problems().stream().map(ConfigProblem::toString).toList();
    }

    @Test
    void defaultsHoldWhereNothingIsGiven() {
        Config config = read("dsn: x");

        assertThat(config.server())
                .isEqualTo(new Server(
                        new InetSocketAddress("0.0.0.0", 8080),
                        Duration.ofHours(1),
                        Duration.ofDays(30),
                        new DataSize(64L << 20),
                        10,
                        Level.INFO,
                        false,
                        Optional.empty(),
                        List.of(new Name("a"), new Name("b")),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        assertThat(config.workers()).isEmpty();
        assertThat(config.job()).isEmpty();
    }

    @Test
    void everyTypeIsReadNestedAndDottedInBothSpellings() {
        Config config = read("""
                server:
                  address: "[::1]:9000"
                  url_ttl: 1.5h
                  key-age: 0
                  log-level: Very_Loud
                  enabled: True
                  color: "#7"
                  proxies: [x, y]
                server.max-size: 1GiB
                server.limit: 3
                server.token: s3cret
                workers:
                  - name: web
                    replicas: 2
                    env: {A: "1", B: ""}
                    args: [--port, "8080"]
                job: {type: check, restart: false}
                dsn: postgres://u:p@h/d
                """);

        assertThat(config.server().address()).hasToString("/[0:0:0:0:0:0:0:1]:9000");
        assertThat(config.server().urlTtl()).isEqualTo(Duration.ofMinutes(90));
        assertThat(config.server().keyAge()).isZero();
        assertThat(config.server().logLevel()).isEqualTo(Level.VERY_LOUD);
        assertThat(config.server().enabled()).isTrue();
        assertThat(config.server().color()).contains(new Color(7));
        assertThat(config.server().proxies()).containsExactly(new Name("x"), new Name("y"));
        assertThat(config.server().maxSize()).isEqualTo(new DataSize(1L << 30));
        assertThat(config.server().token()).contains(new Secret("s3cret"));
        assertThat(config.workers())
                .containsExactly(new Worker("web", 2, Map.of("A", "1", "B", ""), List.of("--port", "8080")));
        assertThat(config.job()).contains(new Job(new Name("check"), false));
    }

    @Test
    void aSectionWithAShorthandIsASingleValueToo() {
        assertThat(read("{dsn: x, job: check}").job()).contains(new Job(new Name("check"), true));
        assertThat(problems("{dsn: x, job: 7}")).containsExactly("file.yaml:1: job: '7' is not a name; give a text");
        assertThat(problems("{dsn: x, job: {type: 7}}"))
                .containsExactly("file.yaml:1: job.type: '7' is not a name; give a text");
        record Plan(
                @Option(value = "what to do", shorthand = "type")
                Job job) {}
        assertThatThrownBy(() -> ConfigReader.of(Plan.class, KeyStyle.HYPHENS).read("f", "{}"))
                .hasMessageContaining("f:1: job: is missing; give a text");
    }

    @Test
    void aRefusalThatQuotesTheTextStandsAlone() {
        record Frame(@Option("its width") Even width) {}

        assertThatThrownBy(() -> ConfigReader.of(Frame.class, KeyStyle.HYPHENS).read("f", "width: 7"))
                .hasMessageContaining("f:1: width: the number '7' is not even; give a text");
    }

    @Test
    void aKeyOfSeveralValuesIsRefused() {
        assertThat(problems("dsn: x\n[a]: b")).containsExactly("file.yaml:2: has a key that is a list; give a word");
    }

    @Test
    void suggestionsDoNotDependOnHyphensAndUnderscores() {
        record Times(
                @Option(value = "a time", key = "start_time_of_day")
                Optional<String> time) {}

        assertThatThrownBy(() -> ConfigReader.of(Times.class, KeyStyle.HYPHENS).read("f", "start-tme-of-dy: x"))
                .hasMessageContaining("did you mean 'start_time_of_day'?");
    }

    @Test
    void everyProblemIsReportedAtOnceWithItsLine() {
        assertThat(problems("""
                        server:
                          url-ttl: 5s
                          limt: 3
                          limit: x
                          color: red
                        workers:
                          - replicas: 6
                          - name: [a]
                        workrs: []
                        """))
                .containsExactly(
                        "file.yaml:1: dsn: is missing; give a text",
                        "file.yaml:2: server.url-ttl: '5s' is out of range; give a duration from 10s to 168h, such as 1h",
                        "file.yaml:3: server.limt: unknown key; did you mean 'limit'?",
                        "file.yaml:4: server.limit: 'x' is not a whole number; give a whole number from 1 to 100",
                        "file.yaml:5: server.color: 'red' is not a color; give a text",
                        "file.yaml:7: workers[0].name: is missing; give a text",
                        "file.yaml:8: workers[1].name: is a list where a single value must be; give a text",
                        "file.yaml:9: workrs: unknown key; did you mean 'workers'?");
    }

    @Test
    void aDottedKeyWhoseSectionIsMisspeltIsSuggestedWhole() {
        assertThat(problems("{dsn: x, serve.limit: 3, dsn.x: 1}"))
                .containsExactly(
                        "file.yaml:1: serve.limit: unknown key; did you mean 'server.limit'?",
                        "file.yaml:1: dsn.x: unknown key; did you mean 'dsn'?");
    }

    @Test
    void noProblemShowsASecret() {
        record Keys(
                @Option(value = "a key", secret = true) int number,
                @Option("a key") Secret text) {}

        assertThatThrownBy(() ->
                        ConfigReader.of(Keys.class, KeyStyle.HYPHENS).read("f", "{number: hidden, text: [hidden]}"))
                .hasMessageContaining("number: '***' is not a whole number")
                .hasMessageContaining("text: is a list")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void textThatIsNoYamlIsReportedOnceAndNotQuoted() {
        assertThat(problems("dsn: 'secret\nserver: ["))
                .singleElement()
                .asString()
                .contains("is not YAML")
                .doesNotContain("secret");
        assertThat(problems("a: 1\n---\nb: 2")).anyMatch(it -> it.contains("begins a second document"));
    }

    @Test
    void aKeyGivenTwiceIsRefused() {
        assertThat(problems("{dsn: x, server: {limit: 1}, server.limit: 2}"))
                .singleElement()
                .asString()
                .contains("server.limit: is given twice");
        assertThat(problems("{dsn: x, server: {limit: 1}, server: {url-ttl: 1h}}"))
                .singleElement()
                .asString()
                .contains("server: is given twice");
        assertThat(problems("{dsn: x, workers: [], autostart: []}"))
                .singleElement()
                .asString()
                .contains("workers and autostart are names of one option");
    }

    @Test
    void groupRulesCountGivenOptions() {
        assertThat(problems("{dsn: x, server: {token: a, token-file: b, user: u}}"))
                .containsExactly(
                        "file.yaml:1: server.token-file: is given beside 'token'; keep one of token, token-file",
                        "file.yaml:1: server.group: is missing, though 'user' is given; give a text");
    }

    @Test
    void aRecordThatRefusesItsValuesIsAProblemOfItsSection() {
        assertThat(problems("{dsn: x, workers: [{name: abcdefghijklmnopqrstuvwxyz}]}"))
                .containsExactly("file.yaml:1: workers[0]: has a name that is too long");
    }

    @Test
    void aSectionChecksItsValuesAgainstEachOther() {
        assertThat(problems("{dsn: x, workers: [{name: a, replicas: 6}]}"))
                .containsExactly("file.yaml:1: workers[0].args: are missing with more than 5 replicas; give some");
        assertThat(reader.read("f", "{dsn: x, workers: [{name: a, replicas: 1}]}")
                        .warnings())
                .singleElement()
                .hasToString("f:1: workers[0].replicas: is the default");
    }

    @Test
    void aSectionChecksItsSubsections() {
        record Stage(@Option("how often") int rate) {}
        record Size(@Option("of it") Optional<Integer> width) {}
        record Outer(
                @Option("its size") Size size,
                @Option("its stages") Optional<List<Stage>> stages) implements Checked {
            @Override
            public void check(Notes notes) {
                if (stages.isPresent() && !notes.hasProblems("") && notes.given("size.width")) {
                    notes.problem("size.width", "is too large", "");
                    assertThat(notes.hasProblems("size")).isTrue();
                    assertThat(notes.hasProblems("stages")).isFalse();
                    notes.problem("size", "is wrong", "");
                    notes.problem("stages[1].rate", stages.isEmpty() ? "is missing" : "is too high", "");
                }
            }
        }
        ConfigReader<Outer> outer = ConfigReader.of(Outer.class, KeyStyle.HYPHENS);

        assertThatThrownBy(() -> outer.read("f", "size:\n  width: 3\nstages:\n- rate: 1\n- rate: 2\n"))
                .hasMessageEndingWith(
                        "2 problems:\n  f:2: size.width: is too large\n  f:5: stages[1].rate: is too high");
        assertThat(outer.read("f", "size: {width: 3}").value().stages()).isEmpty();
        assertThat(outer.read("f", "stages: []").value().stages()).contains(List.of());
    }

    @Test
    void aProgramAddsItsOwnChecksToSections() {
        ConfigProblem inAnotherFile = new ConfigProblem("other", 7, "x", "", "is wrong", "");
        reader.check(Worker.class, (worker, notes) -> {
            notes.problem("env.x", "has no " + worker.name(), "give it");
            notes.problem("env.y", "is unknown", "");
            notes.problem(inAnotherFile);
        });

        assertThat(problems("dsn: x\nworkers:\n- name: a\n  env: {x: 1, y: 2}"))
                .containsExactly(
                        "file.yaml:4: workers[0].env.x: has no a; give it",
                        "file.yaml:4: workers[0].env.y: is unknown",
                        "other:7: x: is wrong");
    }

    @Test
    void sectionsOfAListCanHaveToDiffer() {
        record Named(
                @Option(value = "workers", unique = "name") List<Worker> workers) {}

        assertThatThrownBy(() -> ConfigReader.of(Named.class, KeyStyle.HYPHENS)
                        .read("f", "workers: [{name: a}, {name: b}, {name: a, replicas: x}]"))
                .hasMessageContaining("f:1: workers[2].name: 'a' is that of workers[0]; give another")
                .hasMessageContaining("workers[2].replicas: 'x'");
    }

    @Test
    void pathsCanStartAtADirectoryAndDefaultsBeGivenByTheProgram() {
        record Paths(
                @Option(value = "a file", byDefault = "a/../b")
                Path file,

                @Option("files") List<Path> others,
                @Option("a name") String name) {}
        ConfigReader<Paths> paths = ConfigReader.of(Paths.class, KeyStyle.HYPHENS)
                .directory(Path.of("/here"))
                .byDefault("name", "web");

        assertThat(paths.read("f", "others: [x, /y]").value())
                .isEqualTo(new Paths(Path.of("/here/b"), List.of(Path.of("/here/x"), Path.of("/y")), "web"));
        assertThat(paths.read("f", "{file: c, name: own}").value())
                .isEqualTo(new Paths(Path.of("/here/c"), List.of(), "own"));
    }

    @Test
    void itemsInQuotesKeepTheirSpaces() {
        assertThat(read("{dsn: ' x ', workers: [{name: a, args: [' ', \"a\\n\"]}]}"))
                .satisfies(config -> assertThat(config.connection()).isEqualTo("x"))
                .satisfies(
                        config -> assertThat(config.workers().getFirst().args()).containsExactly(" ", "a\n"));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "0.5, 0.5", ".5, 0.5", "1., 1", "+2e-1, 0.2"})
    void numbersAreThoseOfYaml(String text, double number) {
        record Ratio(@Option("a ratio") double ratio) {}

        assertThat(ConfigReader.of(Ratio.class, KeyStyle.HYPHENS)
                        .strictTypes()
                        .read("f", "ratio: " + text)
                        .value()
                        .ratio())
                .isEqualTo(number);
    }

    @Test
    void anEnvironmentVariableOverridesTheFile() {
        Map<String, String> environment = Map.of(
                "LP_SERVER_LIMIT",
                " 7 ",
                "LP_SERVER_PROXIES",
                "p,q",
                "LP_DSN",
                "y",
                "LP_SERVER_URL_TTL",
                "",
                "OTHER",
                "x");
        Config config = reader.environment("LP_", environment)
                .read("f", "{dsn: x, server: {limit: 3}}")
                .value();

        assertThat(config.server().limit()).isEqualTo(7);
        assertThat(config.server().proxies()).containsExactly(new Name("p"), new Name("q"));
        assertThat(config.connection()).isEqualTo("y");
        assertThat(reader.readEnvironment().value().connection()).isEqualTo("y");
    }

    @Test
    void aWrongVariableIsNamed() {
        reader.environment("LP_", Map.of("LP_SERVER_LIMIT", "x", "LP_SERVER_LIMTI", "3", "LP_ZZZZ", "1"));

        assertThat(problems(""))
                .containsExactly(
                        "file.yaml: dsn: is missing; give a text, here or in LP_DSN",
                        "environment variable LP_SERVER_LIMIT: server.limit: 'x' is not a whole number; give a whole number from 1 to 100",
                        "the environment: LP_SERVER_LIMTI: unknown key; did you mean 'LP_SERVER_LIMIT'?",
                        "the environment: LP_ZZZZ: unknown key; remove it");
    }

    @Test
    void anOptionCanNameVariablesOfItsOwn() {
        record Replica(
                @Option(
                        value = "which",
                        variables = {"FLEET_INDEX", "MOBU_INDEX"},
                        byDefault = "0")
                int index) {}
        ConfigReader<Replica> replica = ConfigReader.of(Replica.class, KeyStyle.HYPHENS);

        assertThat(replica.environment("", Map.of("MOBU_INDEX", "3"))
                        .read("f", "index: 1")
                        .value()
                        .index())
                .isEqualTo(3);
        assertThat(replica.environment("", Map.of("MOBU_INDEX", "3", "FLEET_INDEX", "4"))
                        .read("f", "")
                        .value()
                        .index())
                .isEqualTo(4);
    }

    @Test
    void unsupportedKeysAreIgnoredWhileTheyAreOff() {
        reader.unsupported(new UnsupportedKeys(
                key -> key.startsWith("sso.") || key.equals("sso") || key.equals("server.is-leader"),
                (key, value) -> key.endsWith(".enabled") && value.equals("true")));

        assertThat(reader.read("f", "{dsn: x, sso: {enabled: false, url: u}, server: {is_leader: true}}")
                        .warnings())
                .extracting(ConfigProblem::key)
                .containsExactly("sso.enabled", "sso.url", "server.is_leader");
        assertThat(problems("{dsn: x, sso.enabled: true}"))
                .containsExactly(
                        "file.yaml:1: sso.enabled: 'true' asks for a feature that this program does not have; set it to false or remove it");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server: {limit: \"3\"} | is a text in quotes",
                "server: {enabled: \"true\"} | is a text in quotes",
                "server: {limit: x} | is not a whole number",
                "server: {url-ttl: 30} | has no unit"
            })
    void strictTypesAreWrittenWithoutQuotesAndWithUnits(String text, String refusal) {
        reader.strictTypes();

        assertThat(problems("dsn: x\n" + text)).singleElement().asString().contains(refusal);
    }

    @Test
    void aliasesAreRefusedWhereTheyAreNotWanted() {
        String text = "{dsn: &a x, server: {user: *a, group: g}}";

        assertThat(read(text).server().user()).contains("x");
        reader.refuseAliases();
        assertThat(problems(text)).containsExactly("file.yaml:1: server.user: is an alias; write the value out");
        assertThat(problems("{dsn: x, server: {proxies: [&a x, *a]}}"))
                .containsExactly("file.yaml:1: server.proxies[1]: is an alias; write the value out");
        assertThat(problems("{dsn: &a x, workers: [{name: web, env: {A: *a}, args: [*a]}]}"))
                .containsExactly(
                        "file.yaml:1: workers[0].env.A: is an alias; write the value out",
                        "file.yaml:1: workers[0].args[0]: is an alias; write the value out");
    }

    record InnerLimits(
            @Option(value = "at once", byDefault = "4", max = "9")
            int uploads,

            @Option(value = "of its name", pattern = "[a-z]+/\\d", expected = "a name such as a/0")
            Optional<String> unit) {}

    record Around(
            @Option(value = "its limits", inline = true) InnerLimits limits,
            @Option(value = "", inline = true) Optional<Place> place,
            @Option(value = "on or off", byDefault = "true") boolean on) {}

    record Place(@Option("where") Optional<Path> path) {}

    record Flat(@Option("the section") Around outer) {}

    @Test
    void theOptionsOfAnInlineSectionStandAmongThoseAroundIt() {
        ConfigReader<Flat> flat = ConfigReader.of(Flat.class, KeyStyle.HYPHENS);
        Around outer = flat.environment("LP_", Map.of("LP_OUTER_UPLOADS", "5"))
                .read("f", "{outer: {on: false, path: /a}}")
                .value()
                .outer();

        assertThat(outer)
                .isEqualTo(new Around(
                        new InnerLimits(5, Optional.empty()),
                        Optional.of(new Place(Optional.of(Path.of("/a")))),
                        false));
        assertThat(flat.readEnvironment().value().outer().place()).isEmpty();
        assertThat(ConfigPrinter.yaml(new Flat(outer), KeyStyle.HYPHENS))
                .isEqualTo("outer:\n  uploads: 5\n  path: /a\n  on: false\n");
        assertThatThrownBy(() -> flat.read("f", "{outer: {uploads: 10, unit: A/0, limits: {}, upload: 3}}"))
                .hasMessageContaining("f:1: outer.unit: 'A/0' does not have the right form; give a name such as a/0")
                .hasMessageContaining("f:1: outer.limits: unknown key; remove it; keys are uploads, unit, path, on")
                .hasMessageContaining("f:1: outer.upload: unknown key; did you mean 'uploads'?");
        assertThatThrownBy(() -> flat.environment("LP_", Map.of("LP_OUTER_UPLOADS", "10"))
                        .readEnvironment())
                .hasMessageContaining("LP_OUTER_UPLOADS: outer.uploads: '10' is out of range");
    }

    @Test
    void aListThatMayBeOneTextIsSplitInItsItemsTooAndAbsentWhereItIsEmpty() {
        assertThat(read("{dsn: x, server: {proxies: ['x, y', z]}}").server().proxies())
                .containsExactly(new Name("x"), new Name("y"), new Name("z"));
        assertThat(read("{dsn: x, server: {proxies: []}}").server().proxies())
                .containsExactly(new Name("a"), new Name("b"));
    }

    @Test
    void aDurationBeyondAllBoundsIsOutOfRange() {
        assertThat(problems("{dsn: x, server: {url-ttl: 99999999999h}}"))
                .singleElement()
                .asString()
                .contains("'99999999999h' is out of range; give a duration from 10s to 168h");
    }

    @ParameterizedTest
    @ValueSource(strings = {"- a", "text", "7"})
    void aDocumentThatIsNoMappingIsRefused(String text) {
        assertThat(problems(text)).anyMatch(it -> it.contains("give keys and values"));
    }

    @Test
    void aFileThatCannotBeReadIsNamed(@TempDir Path folder) throws Exception {
        Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'a', ':', ' ', (byte) 0xe4});
        Path big = Files.writeString(folder.resolve("big.yaml"), "#".repeat((1 << 20) + 1));

        assertThatThrownBy(() -> reader.read(folder.resolve("none.yaml")))
                .hasMessageContaining("none.yaml: does not exist");
        assertThatThrownBy(() -> reader.read(latin)).hasMessageContaining("is not UTF-8 text");
        assertThatThrownBy(() -> reader.read(big)).hasMessageContaining("is longer than 1MiB");
        assertThatThrownBy(() -> reader.read(folder)).hasMessageContaining("cannot be read");
    }

    @Test
    void aDeclarationThatMakesNoSenseIsRefused() {
        record Outside(
                @Option(value = "x", byDefault = "9", max = "3")
                int number) {}
        record Untyped(@Option("x") Object any) {}
        record Bare(@Option("x") int number, int other) {}

        assertThatThrownBy(() -> ConfigReader.of(Outside.class, KeyStyle.HYPHENS))
                .hasMessageContaining("out of range");
        assertThatThrownBy(() -> ConfigReader.of(Untyped.class, KeyStyle.HYPHENS))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ConfigReader.of(Bare.class, KeyStyle.HYPHENS))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void printedConfigurationIsReadAsTheSame() {
        Config config = read("""
                server: {address: "127.0.0.1:1", url-ttl: 90s, max-size: 3MiB, color: "#7", proxies: [x], log-level: very-loud}
                workers: [{name: web, env: {A: b}}]
                job: check
                dsn: hidden
                """);
        // A color prints as a record does; its text form is not its own.
        String printed = ConfigPrinter.yaml(config, KeyStyle.HYPHENS).replaceAll("color: .*", "color: '#7'");

        assertThat(printed).doesNotContain("hidden").contains("dsn: '***'");
        assertThat(read(printed.replace("'***'", "hidden"))).isEqualTo(config);
    }

    @Test
    void aNumberOfATypeOfItsOwnIsPrintedAsANumber() {
        record Share(@Option("part") Percent part) {}

        assertThat(ConfigPrinter.tree(new Share(new Percent(25)), KeyStyle.HYPHENS))
                .isEqualTo(Map.of("part", 0.25));
    }

    @Test
    void theOptionsAreATable() {
        assertThat(OptionTable.markdown(Config.class, KeyStyle.HYPHENS, "workers[]."))
                .isEqualTo("""
                        | Key | Default | Values | Meaning |
                        |---|---|---|---|
                        | `name` | required | a text | its name |
                        | `replicas` | `1` | a whole number from 0 to 9 | how many |
                        | `env` |  | a text | variables |
                        | `args` |  | a text | arguments |
                        """);
        assertThat(OptionTable.schema(Config.class, KeyStyle.UNDERSCORES))
                .contains("server.url_ttl:\n  type: duration\n  default: 1h\n  min: 10s\n  max: 168h\n");
        assertThat(OptionTable.schema(Flat.class, KeyStyle.HYPHENS))
                .startsWith("outer.uploads:\n  type: integer\n  default: '4'\n  max: '9'\n")
                .contains("outer.unit:\n  type: string\n  pattern: '[a-z]+/\\d'\n  expected: a name such as a/0\n");
    }

    @Test
    void aLiveOptionIsMarked() {
        record Part(
                @Option(value = "how much", live = true) int amount,
                @Option("where") String place) {}

        assertThat(OptionTable.markdown(Part.class, KeyStyle.HYPHENS, ""))
                .contains("| how much (live) |\n", "| where |\n");
        assertThat(OptionTable.schema(Part.class, KeyStyle.HYPHENS))
                .contains("expected: a whole number\n  required: true\n  live: true\n")
                .containsOnlyOnce("live:");
    }

    @Test
    void optionsWithOtherValuesAreNamed() {
        ConfigReader<Flat> flat = ConfigReader.of(Flat.class, KeyStyle.HYPHENS);
        Flat before = flat.read("f", "{outer: {uploads: 5, on: false}}").value();
        Flat after =
                flat.read("f", "{outer: {uploads: 6, path: /a, on: false}}").value();

        assertThat(OptionTable.changed(before, after, KeyStyle.HYPHENS))
                .extracting(OptionTable.Row::path)
                .containsExactly("outer.uploads", "outer.path");
        assertThat(OptionTable.changed(after, before, KeyStyle.HYPHENS))
                .extracting(OptionTable.Row::path)
                .containsExactly("outer.uploads", "outer.path");
        assertThat(OptionTable.changed(after, after, KeyStyle.HYPHENS)).isEmpty();
    }

    @Test
    void aListOfSectionsChangesAsAWhole() {
        record Item(
                @Option("its name") String name,
                @Option(value = "its size", byDefault = "1") int size) {}
        record Items(@Option("some") List<Item> items) {}

        assertThat(OptionTable.changed(new Items(List.of()), new Items(List.of(new Item("a", 1))), KeyStyle.HYPHENS))
                .extracting(OptionTable.Row::path)
                .containsExactly("items[].name", "items[].size");
    }

    @Test
    void aTableLeavesOutTheSectionsOfItsPrefix() {
        assertThat(OptionTable.markdown(Flat.class, KeyStyle.HYPHENS, "outer.u"))
                .isEqualTo("""
                        | Key | Default | Values | Meaning |
                        |---|---|---|---|
                        | `uploads` | `4` | a whole number up to 9 | at once |
                        | `unit` |  | a name such as a/0 | of its name |
                        """);
    }

    @Test
    void theTablesOfADocumentAreRenewed() {
        String renewed = OptionTable.renew("""
                # Options
                <!-- options -->
                | old |
                text
                <!-- options workers[]. -->
                <!-- options server. -->

                """, Config.class, KeyStyle.HYPHENS);

        assertThat(renewed)
                .startsWith("""
                # Options
                <!-- options -->

                | Key | Default | Values | Meaning |
                |---|---|---|---|
                | `job.type` | required | a text | its kind |
                | `job.restart` | `true` | true or false | again |
                | `dsn` | required | a text | where |

                text
                <!-- options workers[]. -->

                | Key | Default | Values | Meaning |
                |---|---|---|---|
                | `name` | required | a text | its name |
                """)
                .contains("| `limit` | `10` | a whole number from 1 to 100 | requests at once |\n");
        assertThat(OptionTable.renew(renewed, Config.class, KeyStyle.HYPHENS)).isEqualTo(renewed);
        assertThatThrownBy(() -> OptionTable.renew("<!-- options server. -->\n", Config.class, KeyStyle.HYPHENS))
                .hasMessageContaining("workers[].name");
    }
}
