package io.livepatch.fleet.replica;

/** All that replicas tell each other, and know together. Whatever order it is heard in, and however often, it comes to the same. */
record Knowledge(Orders orders, Shares shares, Marks marks, Attendance attendance) {

    void hear(Gossip gossip) {
        orders.hear(gossip.orders());
        shares.hear(gossip.incarnation(), gossip.telling());
        marks.hear(gossip.marks());
        attendance.hear(gossip.absences());
    }
}
