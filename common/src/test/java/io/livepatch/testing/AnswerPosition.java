package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/** The position of a connection in the body of an answer. In a protocol other than HTTP all bytes belong to the body. */
final class AnswerPosition {
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(US_ASCII);
    private static final byte[] CONTINUE = "HTTP/1.1 100".getBytes(US_ASCII);

    private final byte[] statusLine = new byte[CONTINUE.length];
    private boolean inHead;
    private int head;
    private int matched;
    private long body;

    /** Records that an HTTP request was forwarded: the head of its answer follows. */
    void expectHead() {
        inHead = true;
        head = 0;
        matched = 0;
        body = 0;
    }

    /** The bytes of the body that were forwarded. */
    long body() {
        return body;
    }

    /** Parses bytes, and returns how many of them, from the first on, belong to a head. */
    int advance(byte[] bytes, int length) {
        int at = 0;
        while (inHead && at < length) {
            advanceHead(bytes[at++]);
        }
        body += length - at;
        return at;
    }

    private void advanceHead(byte next) {
        if (head < statusLine.length) {
            statusLine[head] = next;
        }
        head++;
        if (next == END_OF_HEAD[matched]) {
            matched++;
        } else {
            matched = next == END_OF_HEAD[0] ? 1 : 0;
        }
        if (matched == END_OF_HEAD.length) {
            // After "100 Continue" the head of the final answer follows.
            inHead = Arrays.equals(statusLine, CONTINUE);
            head = 0;
            matched = 0;
        }
    }
}
