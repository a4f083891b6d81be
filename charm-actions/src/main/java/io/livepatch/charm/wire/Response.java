package io.livepatch.charm.wire;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import tools.jackson.databind.JsonNode;

/** What the controller answers: any number of {@link Progress}, then one of the others. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "reply")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Response.Progress.class, name = "progress"),
    @JsonSubTypes.Type(value = Response.Done.class, name = "done"),
    @JsonSubTypes.Type(value = Response.Failed.class, name = "failed")
})
public sealed interface Response {

    /** Something that has happened meanwhile. */
    record Progress(String line) implements Response {}

    record Done(JsonNode result) implements Response {}

    /** It was not done; {@code usage} when the request itself was wrong. */
    record Failed(String message, boolean usage) implements Response {}
}
