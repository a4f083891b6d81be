package io.livepatch.charm.api;

import java.util.function.ToLongFunction;

/**
 * How many connections one side of a relation takes, or how many the other side has for all that relate to it. The model adds up what
 * is taken and refuses a change after which there would be too few.
 *
 * @param endpoint the charm's endpoint over which they are taken or given
 * @param connections for one unit that takes, or in all for an application that gives; computed from the options
 * @param remedy what to change to take fewer, or to give more; completes "or …"
 */
public record Demand(String endpoint, ToLongFunction<Config> connections, String remedy) {}
