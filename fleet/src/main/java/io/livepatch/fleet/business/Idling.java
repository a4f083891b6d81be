package io.livepatch.fleet.business;

import io.livepatch.fleet.figures.Recorder;
import io.livepatch.fleet.load.Business;

/** Nothing, which takes nothing but the generator itself. */
final class Idling implements Business {

    @Override
    public void turn(int monkey, Recorder recorder) {}

    @Override
    public void forget(int monkey) {}

    @Override
    public void close() {}
}
