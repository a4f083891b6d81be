package io.livepatch.fleet.replica;

/** All that replicas tell each other, and know together. Whatever order it is heard in, and however often, it comes to the same. */
record SharedState(FlockCommands orders, Shares shares, Annotations marks, AvailabilityLog attendance) {

    void hear(GossipMessage gossipMessage) {
        orders.hear(gossipMessage.orders());
        shares.hear(gossipMessage.incarnation(), gossipMessage.telling());
        marks.hear(gossipMessage.marks());
        attendance.hear(gossipMessage.absences());
    }
}
