package io.livepatch.supervisor.engine;

/** The long form of {@link SimulationTest}. */
final class SimulationIT extends SimulationTest {
    @Override
    int schedules() {
        return Integer.getInteger("simulation.schedules", 100);
    }
}
