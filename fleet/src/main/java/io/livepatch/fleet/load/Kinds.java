package io.livepatch.fleet.load;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Numbers for kinds of errors, so that a monkey can keep its last one in two bytes. From 1; the last stands for all that came too late. */
final class Kinds {
    private static final int MOST = 100;

    private final List<String> names = new CopyOnWriteArrayList<>();

    int number(String kind) {
        int known = names.indexOf(kind);
        return known >= 0 ? known + 1 : admit(kind);
    }

    private synchronized int admit(String kind) {
        String name = names.size() < MOST - 1 ? kind : "other";
        int known = names.indexOf(name);
        if (known >= 0) {
            return known + 1;
        }
        names.add(name);
        return names.size();
    }

    String name(int number) {
        return names.get(number - 1);
    }
}
