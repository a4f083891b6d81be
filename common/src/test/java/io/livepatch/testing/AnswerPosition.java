package io.livepatch.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/** How far into the body of an answer a connection is. What is not HTTP has no head, so all of it is body. */
final class AnswerPosition {
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(US_ASCII);
    private static final byte[] CONTINUE = "HTTP/1.1 100".getBytes(US_ASCII);

    private final byte[] statusLine = new byte[CONTINUE.length];
    private boolean inHead;
    private int head;
    private int matched;
    private long body;

    /** An HTTP request went up: what comes down next is the head of its answer. */
    void expectHead() {
        inHead = true;
        head = 0;
        matched = 0;
        body = 0;
    }

    /** Bytes of the body that are through. */
    long body() {
        return body;
    }

    /** Takes these bytes in; answers how many of them, at their beginning, belong to a head. */
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
            // After "100 Continue" comes the head of the answer proper.
            inHead = Arrays.equals(statusLine, CONTINUE);
            head = 0;
            matched = 0;
        }
    }
}
