package io.livepatch.fleet.api;

/** Four processes that know each other's addresses. */
final class StaticReplicasIT extends ReplicasContract {

    @Override
    String place() {
        return "-";
    }
}
