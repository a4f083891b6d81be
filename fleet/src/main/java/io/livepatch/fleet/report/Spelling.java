package io.livepatch.fleet.report;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.livepatch.fleet.KernelRelease;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Work;

/** How values of a flock are written in a report; mixed in by Jackson, so that the values need not know. */
final class Spelling {
    private Spelling() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Load.Closed.class, name = "closed"),
        @JsonSubTypes.Type(value = Load.Open.class, name = "open")
    })
    interface OfLoad {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Work.CheckIn.class, name = "check-in"),
        @JsonSubTypes.Type(value = Work.Fetch.class, name = "fetch"),
        @JsonSubTypes.Type(value = Work.EnrollChurn.class, name = "enroll-churn"),
        @JsonSubTypes.Type(value = Work.ThunderingHerd.class, name = "thundering-herd"),
        @JsonSubTypes.Type(value = Work.SlowReader.class, name = "slow-reader"),
        @JsonSubTypes.Type(value = Work.Misbehaving.class, name = "misbehaving"),
        @JsonSubTypes.Type(value = Work.EmptyLoop.class, name = "empty-loop")
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
