package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.WorkerOutputs;
import io.livepatch.supervisor.probe.Probes;
import io.livepatch.supervisor.process.Processes;
import io.livepatch.supervisor.process.UsageReader;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * What all pools of a supervisor share; a simulation brings its own. {@code random} is used on the loop only.
 *
 * @param inherited the environment of this JVM
 */
record EngineContext(
        EventLoop loop,
        Processes processes,
        Probes probes,
        UsageReader meter,
        WorkerOutputs outputs,
        Map<String, String> inherited,
        RandomGenerator random) {}
