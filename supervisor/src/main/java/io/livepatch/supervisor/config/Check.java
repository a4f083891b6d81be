package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import java.util.List;

/** The maths that can be done before anything runs. Looks at files and users of the machine; changes nothing. */
public final class Check {

    private Check() {}

    /** Everything worth saying: what reading the file gave reason to, the file as a whole, then pool by pool. */
    public static List<Finding> of(SupervisorConfig config, Machine machine) {
        Findings findings = new Findings();
        config.remarks().forEach(findings::add);
        new AdminCheck(findings).look(config.admin());
        new PortCheck(findings).look(config);
        new PlaceCheck(findings).look(config);
        TimeCheck times = new TimeCheck(findings);
        times.look(config);
        for (PoolSettings pool : config.pools()) {
            PoolSpec spec = pool.spec();
            new ProgramCheck(findings, machine).look(spec);
            new ProbeCheck(findings).look(spec);
            new LimitCheck(findings, machine).look(spec);
            times.look(spec);
            new CapacityCheck(findings).look(pool);
        }
        return findings.all();
    }
}
