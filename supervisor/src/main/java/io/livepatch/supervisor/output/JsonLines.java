package io.livepatch.supervisor.output;

import io.livepatch.supervisor.output.LineSplitter.Part;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/**
 * Turns every line of one stream into a JSON object and passes it to an {@link AsyncLineWriter}.
 *
 * <p>A line that is a JSON object keeps its text byte for byte and gains {@code "worker_id":"web-0"} at its end. If it has a
 * {@code worker_id} already, ours is called {@code supervisor_worker_id}: some log readers reject a duplicate key, others lose one of
 * the values. If it has both, it is wrapped.
 *
 * <p>Any other line is wrapped:
 * {@code {"time":"2026-01-31T12:00:00.000Z","level":"info","pool":"web","worker_id":"web-0","stream":"stdout","message":"…"}}.
 * Level and message have the names that they have in the supervisor's own log, so that one query finds both; Monoceros'
 * {@code worker_info_msg} and {@code worker_error_msg} are the messages of {@code stdout} and {@code stderr}. A part of a long line
 * also has {@code "line":7,"part":2}, and the last part {@code "last":true}; the messages of equal worker, stream and line add up to
 * the line.
 */
final class JsonLines implements LineSplitter.Sink {

    private static final String WORKER_ID = "worker_id";
    private static final String OTHER_WORKER_ID = "supervisor_worker_id";

    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    /** Large enough to keep the number of queued blocks small, small enough to be dropped as a whole. */
    private static final int BLOCK = 64 << 10;

    private final Line.Stream stream;
    private final AsyncLineWriter writer;
    private final RecentLines recent;
    private final OutputCounts.Counters counters;
    private final byte[] workerIdMember;
    private final byte[] otherWorkerIdMember;
    private final byte[] afterTime;

    private ByteArrayOutputStream block = new ByteArrayOutputStream();
    private int lines;
    private Instant now = Instant.EPOCH;
    private byte[] beforeMessage = {};

    JsonLines(
            String pool,
            String workerId,
            Line.Stream stream,
            AsyncLineWriter writer,
            RecentLines recent,
            OutputCounts.Counters counters) {
        this.stream = stream;
        this.writer = writer;
        this.recent = recent;
        this.counters = counters;
        String id = quoted(workerId);
        this.workerIdMember = utf8("\"%s\":%s}\n".formatted(WORKER_ID, id));
        this.otherWorkerIdMember = utf8("\"%s\":%s}\n".formatted(OTHER_WORKER_ID, id));
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
    public void readAt(Instant time) {
        now = time;
        beforeMessage = utf8("{\"time\":\"" + time(time));
    }

    @Override
    public boolean object(byte[] bytes, int from, int to) {
        String text = Utf8.decode(bytes, from, to);
        long invalid = Utf8.replaced(text, bytes, from, to);
        boolean taken = invalid == 0 ? addWorkerId(bytes, from, to) : addWorkerId(utf8(text));
        if (taken) {
            counters.countLine(Part.WHOLE, invalid);
            recent.add(now, stream, text);
        }
        return taken;
    }

    private boolean addWorkerId(byte[] bytes) {
        return addWorkerId(bytes, 0, bytes.length);
    }

    private boolean addWorkerId(byte[] bytes, int from, int to) {
        return switch (Content.of(bytes, from, to)) {
            case NOT_AN_OBJECT -> {
                counters.parseFailures.increment();
                yield false;
            }
            case WITH_BOTH_IDS -> false;
            case EMPTY -> writeObject(bytes, from, to, "", workerIdMember);
            case WITHOUT_ID -> writeObject(bytes, from, to, ",", workerIdMember);
            case WITH_ID -> writeObject(bytes, from, to, ",", otherWorkerIdMember);
        };
    }

    private boolean writeObject(byte[] bytes, int from, int to, String comma, byte[] member) {
        int brace = to - 1;
        while (bytes[brace] != '}') {
            brace--;
        }
        block.write(bytes, from, brace - from);
        block.writeBytes(utf8(comma));
        block.writeBytes(member);
        lineEnds();
        return true;
    }

    @Override
    public void text(byte[] bytes, int from, int to, Part part) {
        String text = Utf8.decode(bytes, from, to);
        counters.countLine(part, Utf8.replaced(text, bytes, from, to));
        recent.add(now, stream, text);
        block.writeBytes(beforeMessage);
        block.writeBytes(afterTime);
        block.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
        block.write('"');
        if (!part.whole()) {
            String last = part.last() ? ",\"last\":true" : "";
            block.writeBytes(utf8(",\"line\":%d,\"part\":%d%s".formatted(part.line(), part.number(), last)));
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
            writer.offer(block.toByteArray(), lines);
            lines = 0;
            if (block.size() > 2 * BLOCK) {
                block = new ByteArrayOutputStream();
            } else {
                block.reset();
            }
        }
    }

    /** What must be known of a line to add a member to it and leave the rest as it is. */
    private enum Content {
        /** Anything but exactly one JSON object. */
        NOT_AN_OBJECT,
        EMPTY,
        WITHOUT_ID,
        WITH_ID,
        /** Has a {@code worker_id} and a {@code supervisor_worker_id}. */
        WITH_BOTH_IDS;

        static Content of(byte[] bytes, int from, int to) {
            for (int i = from; i < to; i++) {
                // The parser would take it for UTF-16.
                if (bytes[i] == 0) {
                    return NOT_AN_OBJECT;
                }
            }
            try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), bytes, from, to - from)) {
                return of(parser);
            } catch (JacksonException e) {
                return NOT_AN_OBJECT;
            }
        }

        private static Content of(JsonParser parser) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return NOT_AN_OBJECT;
            }
            boolean members = false;
            boolean id = false;
            boolean otherId = false;
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                members = true;
                id |= WORKER_ID.equals(parser.currentName());
                otherId |= OTHER_WORKER_ID.equals(parser.currentName());
                parser.nextToken();
                parser.skipChildren();
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                return NOT_AN_OBJECT;
            }
            if (id) {
                return otherId ? WITH_BOTH_IDS : WITH_ID;
            }
            return members ? WITHOUT_ID : EMPTY;
        }
    }
}
