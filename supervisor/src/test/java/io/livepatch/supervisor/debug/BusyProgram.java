package io.livepatch.supervisor.debug;

import java.util.concurrent.CountDownLatch;

/** A program to inspect: uses CPU in the method {@code burn}, and has a virtual thread. */
final class BusyProgram {

    private static volatile long sink;

    private BusyProgram() {}

    public static void main(String[] args) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Thread quiet = Thread.ofVirtual().name("quiet one").start(() -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        System.out.println("up");
        while (quiet.isAlive()) {
            burn();
        }
    }

    private static void burn() {
        long seen = sink;
        for (int i = 0; i < 1_000_000; i++) {
            seen += i ^ (seen << 1);
        }
        sink = seen;
    }
}
