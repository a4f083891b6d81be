package io.livepatch.supervisor.admin;

import io.livepatch.common.http.Request;
import io.livepatch.common.http.RequestException;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import java.util.List;
import java.util.function.Supplier;

/** Finds the pool and the worker that a request's path names. */
final class Pools {

    private final Supplier<List<Pool>> pools;

    Pools(Supplier<List<Pool>> pools) {
        this.pools = pools;
    }

    /** The pool named by the path variable {@code {pool}}. */
    Pool pool(Request request) {
        String name = request.variable("pool");
        List<Pool> all = pools.get();
        return all.stream()
                .filter(pool -> pool.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new RequestException(
                        404,
                        "there is no pool '%s'; there are %s"
                                .formatted(name, all.stream().map(Pool::name).toList())));
    }

    /** The worker of that pool named by the path variable {@code {worker}}. */
    WorkerInfo worker(Request request) {
        Pool pool = pool(request);
        String id = request.variable("worker");
        List<WorkerInfo> all = pool.workers();
        return all.stream()
                .filter(worker -> worker.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new RequestException(
                        404,
                        "pool '%s' has no worker '%s'; it has %s"
                                .formatted(
                                        pool.name(),
                                        id,
                                        all.stream().map(WorkerInfo::id).toList())));
    }
}
