package io.livepatch.supervisor.output;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Makes a JSON object of every line of one stream.
 *
 * <p>A line that is an object keeps its text to the byte and gains {@code "worker_id":"web-0"} at its end. If it has a
 * {@code worker_id} of its own, that stays what the worker means by it, and ours is called {@code supervisor_worker_id}: a name
 * that stands twice in an object is refused by some readers of logs and lost in others. If it has both, it is wrapped.
 *
 * <p>Any other line is wrapped:
 * {@code {"time":"2026-01-31T12:00:00.000Z","level":"info","pool":"web","worker_id":"web-0","stream":"stdout","message":"…"}}.
 * Level and message are named as in the supervisor's own log, so one query finds both; what Monoceros calls
 * {@code worker_info_msg} and {@code worker_error_msg} is the message of {@code stdout} and {@code stderr}. A piece of a line has
 * {@code "line":7,"part":2} too, and the last one {@code "last":true}: the messages of equal worker, stream and line, one
 * after the other, are the line.
 */
final class JsonLines implements LineSink {

    static final String WORKER_ID = "worker_id";
    static final String OTHER_WORKER_ID = "supervisor_worker_id";

    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    /** Big enough for the queue to see few blocks, small enough to be dropped in one go. */
    private static final int BLOCK = 64 << 10;

    private final Line.Stream stream;
    private final AsyncLineWriter asyncLineWriter;
    private final RecentLines recent;
    private final OutputCounters outputCounters;
    private final byte[] member;
    private final byte[] otherMember;
    private final byte[] afterTime;

    private ByteArrayOutputStream block = new ByteArrayOutputStream();
    private int lines;
    private Instant now = Instant.EPOCH;
    private byte[] beforeMessage = {};

    JsonLines(
            String pool,
            String workerId,
            Line.Stream stream,
            AsyncLineWriter asyncLineWriter,
            RecentLines recent,
            OutputCounters outputCounters) {
        this.stream = stream;
        this.asyncLineWriter = asyncLineWriter;
        this.recent = recent;
        this.outputCounters = outputCounters;
        String id = quoted(workerId);
        this.member = utf8("\"%s\":%s}\n".formatted(WORKER_ID, id));
        this.otherMember = utf8("\"%s\":%s}\n".formatted(OTHER_WORKER_ID, id));
        this.afterTime = utf8("\",\"level\":\"%s\",\"pool\":%s,\"%s\":%s,\"stream\":\"%s\",\"message\":\""
                .formatted(stream.level(), quoted(pool), WORKER_ID, id, stream.label()));
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String time(Instant at) {
        return TIME.format(at);
    }

    @Override
    public void at(Instant time) {
        now = time;
        beforeMessage = utf8("{\"time\":\"" + time(time));
    }

    @Override
    public boolean object(byte[] bytes, int from, int to) {
        String text = Utf8.decode(bytes, from, to);
        long invalid = Utf8.replaced(text, bytes, from, to);
        boolean taken = invalid == 0 ? addMember(bytes, from, to) : addMember(utf8(text));
        if (taken) {
            outputCounters.line(LinePart.WHOLE, invalid);
            recent.add(now, stream, text);
        }
        return taken;
    }

    private boolean addMember(byte[] bytes) {
        return addMember(bytes, 0, bytes.length);
    }

    private boolean addMember(byte[] bytes, int from, int to) {
        return switch (JsonObjectScanner.of(bytes, from, to, WORKER_ID, OTHER_WORKER_ID)) {
            case NONE -> {
                outputCounters.parseFailures.increment();
                yield false;
            }
            case BOTH_TAKEN -> false;
            case EMPTY -> extend(bytes, from, to, "", member);
            case FREE -> extend(bytes, from, to, ",", member);
            case TAKEN -> extend(bytes, from, to, ",", otherMember);
        };
    }

    private boolean extend(byte[] bytes, int from, int to, String comma, byte[] with) {
        int brace = to - 1;
        while (bytes[brace] != '}') {
            brace--;
        }
        block.write(bytes, from, brace - from);
        block.writeBytes(utf8(comma));
        block.writeBytes(with);
        lineEnds();
        return true;
    }

    @Override
    public void text(byte[] bytes, int from, int to, LinePart linePart) {
        String text = Utf8.decode(bytes, from, to);
        outputCounters.line(linePart, Utf8.replaced(text, bytes, from, to));
        recent.add(now, stream, text);
        block.writeBytes(beforeMessage);
        block.writeBytes(afterTime);
        block.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
        block.write('"');
        if (!linePart.whole()) {
            String last = linePart.last() ? ",\"last\":true" : "";
            block.writeBytes(utf8(",\"line\":%d,\"part\":%d%s".formatted(linePart.line(), linePart.number(), last)));
        }
        block.write('}');
        block.write('\n');
        lineEnds();
    }

    private void lineEnds() {
        lines++;
        if (block.size() >= BLOCK) {
            flush();
        }
    }

    @Override
    public void flush() {
        if (lines > 0) {
            asyncLineWriter.offer(block.toByteArray(), lines);
            lines = 0;
            if (block.size() > 2 * BLOCK) {
                block = new ByteArrayOutputStream();
            } else {
                block.reset();
            }
        }
    }
}
