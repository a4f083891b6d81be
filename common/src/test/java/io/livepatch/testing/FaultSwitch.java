package io.livepatch.testing;

import java.util.ArrayList;
import java.util.List;

/** The fault of the moment, which all connections of a proxy look at, and what they have seen. */
final class FaultSwitch {
    private final List<String> requests = new ArrayList<>();
    private Fault fault = new Fault.Pass();

    synchronized void set(Fault next) {
        fault = next;
        notifyAll();
    }

    synchronized Fault get() {
        return fault;
    }

    /** Sets the next fault if this one has not been replaced meanwhile. */
    synchronized boolean replace(Fault expected, Fault next) {
        if (!fault.equals(expected)) {
            return false;
        }
        set(next);
        return true;
    }

    /** Waits while everything hangs; answers what is wrong instead. */
    synchronized Fault awaitFlow() throws InterruptedException {
        while (fault instanceof Fault.Hang) {
            wait();
        }
        return fault;
    }

    synchronized void requested(String line) {
        requests.add(line);
    }

    synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    synchronized void forget() {
        requests.clear();
    }
}
