package io.livepatch.testing;

import java.util.ArrayList;
import java.util.List;

/** The current fault, shared by all connections of a proxy, and their counters. */
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

    /** Sets the next fault unless the current one was replaced in the meantime. */
    synchronized boolean replace(Fault expected, Fault next) {
        if (!fault.equals(expected)) {
            return false;
        }
        set(next);
        return true;
    }

    /** Waits while the fault is to hang, and returns the next fault. */
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
