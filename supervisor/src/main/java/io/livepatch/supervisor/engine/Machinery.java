package io.livepatch.supervisor.engine;

import java.util.random.RandomGenerator;

/** What all pools of a supervisor share; a simulation brings its own. {@code random} is used on the loop only. */
record Machinery(Loop loop, Processes processes, Checks checks, RandomGenerator random) {}
