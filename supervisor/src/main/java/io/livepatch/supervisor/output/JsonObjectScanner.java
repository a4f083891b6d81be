package io.livepatch.supervisor.output;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What has to be known of a line to add a member to it without touching the rest. */
enum JsonObjectScanner {
    /** Not one JSON object and nothing else. */
    NONE,
    EMPTY,
    /** Has members, and the name is free. */
    FREE,
    /** Has a member of that name. */
    TAKEN,
    /** Has members of both names. */
    BOTH_TAKEN;

    private static final JsonFactory JSON = new JsonFactory();

    /** Reads all of it, builds nothing. */
    static JsonObjectScanner of(byte[] bytes, int from, int to, String name, String otherName) {
        if (hasNul(bytes, from, to)) {
            return NONE;
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), bytes, from, to - from)) {
            return parser.nextToken() == JsonToken.START_OBJECT ? read(parser, name, otherName) : NONE;
        } catch (JacksonException e) {
            return NONE;
        }
    }

    /** The parser would take it for UTF-16. */
    private static boolean hasNul(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == 0) {
                return true;
            }
        }
        return false;
    }

    private static JsonObjectScanner read(JsonParser parser, String name, String otherName) {
        boolean members = false;
        boolean taken = false;
        boolean otherTaken = false;
        for (int depth = 1; depth > 0; ) {
            JsonToken token = parser.nextToken();
            if (token == null) {
                return NONE;
            }
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else if (depth == 1 && token == JsonToken.PROPERTY_NAME) {
                members = true;
                taken |= name.equals(parser.currentName());
                otherTaken |= otherName.equals(parser.currentName());
            }
        }
        if (parser.nextToken() != null) {
            return NONE;
        }
        if (taken) {
            return otherTaken ? BOTH_TAKEN : TAKEN;
        }
        return members ? FREE : EMPTY;
    }
}
