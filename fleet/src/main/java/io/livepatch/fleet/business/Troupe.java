package io.livepatch.fleet.business;

import io.livepatch.fleet.figures.Recorder;
import io.livepatch.fleet.load.Business;

/** The machines of a flock, at their script. */
final class Troupe implements Business {
    private final Crew crew;
    private final Script script;

    Troupe(Crew crew, Script script) {
        this.crew = crew;
        this.script = script;
    }

    @Override
    public void prepare(int monkey, Recorder recorder) throws InterruptedException {
        script.prepare(monkey, crew.turn(monkey, recorder));
    }

    @Override
    public void turn(int monkey, Recorder recorder) throws InterruptedException {
        script.play(monkey, crew.turn(monkey, recorder));
    }

    @Override
    public void forget(int monkey) {
        crew.machines().forget(monkey);
    }

    @Override
    public void close() {
        crew.close();
    }
}
