package io.livepatch.fleet.report;

import io.livepatch.fleet.verdict.Verdict.Check;
import java.util.List;
import java.util.Locale;

/** The report for build servers: a test suite for each flock, a test case for each threshold. */
public final class JunitXml {
    private JunitXml() {}

    public static String write(RunReport report) {
        XmlWriter xml = new XmlWriter();
        String time = String.format(Locale.ROOT, "%.3f", report.duration().toMillis() / 1e3);
        List<Check> all =
                report.flocks().stream().flatMap(it -> it.checks().stream()).toList();
        xml.open(
                "testsuites",
                "name",
                report.name(),
                "tests",
                Integer.toString(all.size()),
                "failures",
                failures(all),
                "errors",
                "0",
                "time",
                time);
        report.flocks().forEach(flock -> suite(xml, report, flock, time));
        xml.close();
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml.text();
    }

    private static void suite(XmlWriter xml, RunReport report, RunReport.FlockReport flock, String time) {
        xml.open(
                "testsuite",
                "name",
                report.name() + "." + flock.flock().name(),
                "tests",
                Integer.toString(flock.checks().size()),
                "failures",
                failures(flock.checks()),
                "errors",
                "0",
                "skipped",
                "0",
                "timestamp",
                report.begin().toString(),
                "time",
                time);
        flock.checks().forEach(check -> testCase(xml, flock, check, time));
        if (!flock.warnings().isEmpty()) {
            xml.put("system-out", "", String.join("\n", flock.warnings()));
        }
        xml.close();
    }

    private static void testCase(XmlWriter xml, RunReport.FlockReport flock, Check check, String time) {
        xml.open("testcase", "classname", "fleet." + flock.flock().name(), "name", check.threshold(), "time", time);
        if (!check.passed()) {
            xml.open("failure", "message", check.measured(), "type", "threshold");
            xml.content("expected %s, but %s".formatted(check.threshold(), check.measured()));
            xml.close();
        }
        xml.close();
    }

    private static String failures(List<Check> checks) {
        return Long.toString(checks.stream().filter(it -> !it.passed()).count());
    }
}
