package io.livepatch.fleet.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Load;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The report in a real browser. The pictures are kept beside the classes, for people to look at. */
final class ReportPageIT {
    private static final Path PICTURES = Path.of("target", "report");

    private static final int SHADE = 0xdce0e4;

    @TempDir
    Path directory;

    private Path page(RunReport report) throws Exception {
        return Files.writeString(directory.resolve("report.html"), ReportPage.write(report), UTF_8);
    }

    private static long pixels(File picture, int rgb) throws Exception {
        BufferedImage image = ImageIO.read(picture);
        return IntStream.range(0, image.getHeight())
                .mapToLong(y -> IntStream.range(0, image.getWidth())
                        .filter(x -> (image.getRGB(x, y) & 0xffffff) == rgb)
                        .count())
                .sum();
    }

    /** Elements of a page, and its network requests. */
    private record Opened(String elements, List<String> requests) {}

    private Opened open(Path page) throws Exception {
        Path log = directory.resolve("net.json");
        String elements = new Browser(directory, "--log-net-log=" + log).elements(page);
        List<String> requests = JsonMapper.shared()
                .readTree(log.toFile())
                .at("/events")
                .valueStream()
                .map(it -> it.at("/params"))
                // The browser itself is "not an origin".
                .filter(it -> !it.at("/initiator").asString("not an origin").equals("not an origin"))
                .map(it -> it.at("/url").asString(""))
                .filter(it -> !it.startsWith("file:") && !it.startsWith("data:"))
                .toList();
        return new Opened(elements, requests);
    }

    @Test
    void allChartsAreDrawnWithoutNetworkRequests() throws Exception {
        Opened opened = open(page(Reports.eventful()));

        assertThat(opened.elements())
                .contains("data-drawn=\"6\"")
                .contains("id=\"rate-0\"", "id=\"latency-0\"", "id=\"percentiles-0\"")
                .contains("id=\"errors-0\"", "id=\"units-0\"", "id=\"machines-0\"");
        assertThat(opened.requests()).isEmpty();
    }

    @Test
    void networkRequestOfAPageIsDetected() throws Exception {
        Path page = Files.writeString(directory.resolve("curious.html"), "<img src=http://127.0.0.1:9/dot.png>");

        assertThat(open(page).requests()).contains("http://127.0.0.1:9/dot.png");
    }

    @Test
    void chartWithoutDataIsOmitted() throws Exception {
        RunReport usual = Reports.eventful();
        RunReport report = new RunReport(
                usual.name(),
                usual.begin(),
                usual.end(),
                1,
                List.of(RunReport.FlockReport.of(
                        Runs.flock("office", new Load.Closed(), Duration.ofSeconds(3)),
                        Runs.figures(Runs.step(Map.of("timeout", 9L)), Runs.slots(3, 3, 3)))),
                List.of(),
                List.of(),
                usual.environment());

        assertThat(new Browser(directory).elements(page(report)))
                .contains("data-drawn=\"3\"", "id=\"rate-0\"", "id=\"errors-0\"", "id=\"machines-0\"")
                .doesNotContain("id=\"units-0\"", "id=\"latency-0\"", "id=\"percentiles-0\"");
    }

    @Test
    void warmUpIsShadedOnEveryTimeAxis() throws Exception {
        Files.createDirectories(PICTURES);
        Path cold = PICTURES.resolve("warm-up.png").toAbsolutePath();
        Path none = PICTURES.resolve("no-warm-up.png").toAbsolutePath();
        new Browser(directory).photograph(page(Reports.warmed()), cold, 1280, 1900);
        new Browser(directory).photograph(page(Reports.eventful()), none, 1280, 1900);

        // The style sheet's shade of the warm-up covers a quarter of three time charts.
        assertThat(pixels(cold.toFile(), SHADE)).isGreaterThan(20_000);
        assertThat(pixels(none.toFile(), SHADE)).isLessThan(2_000);
    }

    @Test
    void pageIsReadableInLightInDarkAndOnAPhone() throws Exception {
        Files.createDirectories(PICTURES);
        Path page = page(Reports.eventful());
        Path light = PICTURES.resolve("light.png").toAbsolutePath();
        Path dark = PICTURES.resolve("dark.png").toAbsolutePath();
        Path phone = PICTURES.resolve("phone.png").toAbsolutePath();
        new Browser(directory).photograph(page, light, 1280, 1900);
        new Browser(directory, "--blink-settings=preferredColorScheme=0").photograph(page, dark, 1280, 1900);
        new Browser(directory).photograph(page, phone, 500, 3400);

        // The colours of the achieved rate and of the background in the style sheet.
        assertThat(pixels(light.toFile(), 0x0072b2)).isGreaterThan(2000);
        assertThat(pixels(light.toFile(), 0xffffff)).isGreaterThan(500_000);
        assertThat(pixels(dark.toFile(), 0x56b4e9)).isGreaterThan(2000);
        assertThat(pixels(dark.toFile(), 0x0d1117)).isGreaterThan(500_000);
        assertThat(pixels(phone.toFile(), 0x0072b2)).isGreaterThan(2000);
    }
}
