package io.livepatch.charm.local;

/** More seeds than in a run of the unit tests. */
class ControllerSimulationIT extends ControllerSimulationTest {
    @Override
    int seeds() {
        return 1_000;
    }
}
