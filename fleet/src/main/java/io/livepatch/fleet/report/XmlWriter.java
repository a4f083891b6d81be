package io.livepatch.fleet.report;

import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes XML elements and escaped text to memory. */
final class XmlWriter {
    private interface Step {
        void write(XMLStreamWriter out) throws XMLStreamException;
    }

    private final StringWriter text = new StringWriter();
    private final XMLStreamWriter out;

    XmlWriter() {
        try {
            out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Alternates names and values of attributes; empty values are omitted. */
    void open(String element, String... attributes) {
        write(it -> {
            it.writeStartElement(element);
            for (int i = 0; i < attributes.length; i += 2) {
                if (!attributes[i + 1].isEmpty()) {
                    it.writeAttribute(attributes[i], printable(attributes[i + 1]));
                }
            }
        });
    }

    /** Closes the current element. */
    void close() {
        write(it -> {
            // Prevents <div/>, which a browser takes for an open <div>.
            it.writeCharacters("");
            it.writeEndElement();
            it.writeCharacters("\n");
        });
    }

    void put(String element, String kind, String content) {
        open(element, "class", kind);
        write(it -> it.writeCharacters(printable(content)));
        close();
    }

    void content(String content) {
        write(it -> it.writeCharacters(printable(content)));
    }

    void table(String kind, String... heads) {
        open("div", "class", "wide");
        open("table", "class", kind);
        open("thead");
        open("tr");
        for (String head : heads) {
            put("th", "", head);
        }
        close();
        close();
        open("tbody");
    }

    void closeTable() {
        close();
        close();
        close();
    }

    String text() {
        write(XMLStreamWriter::flush);
        return text.toString();
    }

    private void write(Step step) {
        try {
            step.write(out);
        } catch (XMLStreamException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Replaces the characters that XML does not allow, such as control characters of a program's output. */
    private static String printable(String text) {
        return text.replaceAll("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]", "\uFFFD");
    }
}
