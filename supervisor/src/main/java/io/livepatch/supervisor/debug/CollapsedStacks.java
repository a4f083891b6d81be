package io.livepatch.supervisor.debug;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/** The CPU samples of a flight recording as flame-graph programs read them: {@code outer;inner;innermost count}. */
final class CollapsedStacks {

    private static final String SAMPLE = "jdk.ExecutionSample";

    private CollapsedStacks() {}

    static void write(Path recording, Path to) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        try (RecordingFile events = new RecordingFile(recording)) {
            while (events.hasMoreEvents()) {
                RecordedEvent event = events.readEvent();
                RecordedStackTrace stack = event.getStackTrace();
                if (stack != null && SAMPLE.equals(event.getEventType().getName())) {
                    counts.merge(collapse(stack.getFrames()), 1, Integer::sum);
                }
            }
        }
        try (BufferedWriter out = Files.newBufferedWriter(to)) {
            for (Map.Entry<String, Integer> each : counts.entrySet()) {
                out.write(each.getKey() + " " + each.getValue() + "\n");
            }
        }
    }

    private static String collapse(List<RecordedFrame> innermostFirst) {
        return innermostFirst.reversed().stream().map(CollapsedStacks::frame).collect(Collectors.joining(";"));
    }

    private static String frame(RecordedFrame frame) {
        RecordedMethod method = frame.getMethod();
        return method.getType().getName() + "." + method.getName();
    }
}
