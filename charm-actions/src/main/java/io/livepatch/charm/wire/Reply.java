package io.livepatch.charm.wire;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import tools.jackson.databind.JsonNode;

/** What the controller answers: any number of {@link Progress}, then one of the others. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "reply")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Reply.Progress.class, name = "progress"),
    @JsonSubTypes.Type(value = Reply.Done.class, name = "done"),
    @JsonSubTypes.Type(value = Reply.Failed.class, name = "failed")
})
public sealed interface Reply {

    /** Something that has happened meanwhile. */
    record Progress(String line) implements Reply {}

    record Done(JsonNode result) implements Reply {}

    /** It was not done; {@code usage} when the request itself was wrong. */
    record Failed(String message, boolean usage) implements Reply {}
}
