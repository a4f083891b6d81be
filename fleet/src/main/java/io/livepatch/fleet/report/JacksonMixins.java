package io.livepatch.fleet.report;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.protocol.Platform.KernelRelease;

/** How values of a flock are written in a report; mixed in by Jackson, so that the values need not know. */
final class JacksonMixins {
    private JacksonMixins() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Load.Closed.class, name = "closed"),
        @JsonSubTypes.Type(value = Load.Open.class, name = "open")
    })
    interface OfLoad {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Workload.CheckIn.class, name = "check-in"),
        @JsonSubTypes.Type(value = Workload.Fetch.class, name = "fetch"),
        @JsonSubTypes.Type(value = Workload.EnrollChurn.class, name = "enroll-churn"),
        @JsonSubTypes.Type(value = Workload.ThunderingHerd.class, name = "thundering-herd"),
        @JsonSubTypes.Type(value = Workload.SlowReader.class, name = "slow-reader"),
        @JsonSubTypes.Type(value = Workload.Misbehaving.class, name = "misbehaving"),
        @JsonSubTypes.Type(value = Workload.EmptyLoop.class, name = "empty-loop")
    })
    interface OfWork {}

    abstract static class OfThreshold {
        @JsonValue
        abstract String text();

        @JsonCreator
        static Threshold parse(String text) {
            return Threshold.parse(text);
        }
    }

    abstract static class OfKernel {
        @JsonValue
        abstract String text();

        @JsonCreator
        OfKernel(String text) {
            throw new AssertionError(text + KernelRelease.class);
        }
    }
}
