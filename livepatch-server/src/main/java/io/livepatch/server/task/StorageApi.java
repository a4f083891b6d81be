package io.livepatch.server.task;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The routes below {@code /v1/admin/storage}, however they are reached. What they throw ends the task. */
public interface StorageApi {
    /** GET. */
    JsonNode status();

    /** POST {@code /verification}. */
    JsonNode verify(ObjectNode body);

    /** POST {@code /migration}. */
    JsonNode migrate(ObjectNode body);
}
