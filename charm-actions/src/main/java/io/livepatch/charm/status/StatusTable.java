package io.livepatch.charm.status;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Juju's tables: columns two spaces apart, no lines, no blanks at the end. */
public final class StatusTable {
    private StatusTable() {}

    public static String render(ModelStatus status, boolean withRelations) {
        List<List<String>> model = List.of(
                List.of("Model", "Controller", "Version", "Home"),
                List.of(
                        status.model().name(),
                        status.model().controller(),
                        status.model().version(),
                        status.model().home()));
        List<List<String>> apps = new ArrayList<>();
        apps.add(List.of("App", "Version", "Status", "Scale", "Charm", "Rev", "Message"));
        List<List<String>> units = new ArrayList<>();
        units.add(List.of("Unit", "Workload", "Agent", "Public address", "Ports", "Message"));
        status.applications().forEach((name, app) -> {
            apps.add(List.of(
                    name,
                    app.version().orElse(""),
                    app.applicationStatus().current(),
                    String.valueOf(app.units().size()),
                    app.charm(),
                    String.valueOf(app.charmRev()),
                    app.applicationStatus().message().orElse("")));
            app.units().forEach((unit, view) -> units.add(unit(unit, view)));
        });
        StringBuilder text = new StringBuilder(columns(model));
        status.model()
                .message()
                .ifPresent(message -> text.append("\nModel \"")
                        .append(status.model().name())
                        .append("\": ")
                        .append(message)
                        .append('\n'));
        if (apps.size() == 1) {
            return text.append("\nModel \"")
                    .append(status.model().name())
                    .append("\" is empty.\n")
                    .toString();
        }
        text.append('\n').append(columns(apps)).append('\n').append(columns(units));
        if (withRelations && !status.relations().isEmpty()) {
            text.append('\n').append(columns(relations(status.relations())));
        }
        return text.toString();
    }

    private static List<String> unit(String name, ModelStatus.UnitView view) {
        return List.of(
                name + (view.leader() ? "*" : ""),
                view.workloadStatus().current(),
                view.jujuStatus().current(),
                view.publicAddress(),
                ports(view.openPorts()),
                view.workloadStatus().message().orElse(""));
    }

    /** {@code 8080,8443/tcp}. */
    private static String ports(List<String> ports) {
        return ports.isEmpty()
                ? ""
                : String.join(
                                ",",
                                ports.stream()
                                        .map(port -> port.replace("/tcp", ""))
                                        .toList()) + "/tcp";
    }

    private static List<List<String>> relations(List<ModelStatus.RelationStatus> relations) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Integration provider", "Requirer", "Interface", "Type"));
        relations.forEach(it -> rows.add(List.of(
                it.provider(),
                it.requirer(),
                it.protocol(),
                it.provider().equals(it.requirer()) ? "peer" : "regular")));
        return rows;
    }

    /** Rows of cells, padded to columns. */
    public static String columns(List<List<String>> rows) {
        int[] widths = new int[rows.getFirst().size()];
        rows.forEach(row -> {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(
                        widths[i], row.get(i).codePointCount(0, row.get(i).length()));
            }
        });
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                String cell = row.get(i);
                line.append(cell).repeat(' ', widths[i] - cell.codePointCount(0, cell.length()) + 2);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** One line for each key and value, with multi-line values indented below; also valid YAML. */
    public static String pairs(Map<String, String> pairs) {
        StringBuilder text = new StringBuilder();
        pairs.forEach((key, value) -> {
            if (value.contains("\n")) {
                text.append(key).append(": |\n");
                value.lines().forEach(line -> text.append("  ").append(line).append('\n'));
            } else {
                text.append(key).append(": ").append(value).append('\n');
            }
        });
        return text.toString();
    }
}
