package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.config.SupervisorOptions.Admin;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;

/** Checks a configuration against itself and against files and users of the machine, before anything runs. Changes nothing. */
public final class Check {

    private final Diagnostic.Collector diagnostics = new Diagnostic.Collector();

    private Check() {}

    /** All diagnostics: those of reading the file, of the file as a whole, then pool by pool. */
    public static List<Diagnostic> of(SupervisorConfig config, HostFacts host) {
        Check check = new Check();
        check.check(config, host);
        return check.diagnostics.all();
    }

    private void check(SupervisorConfig config, HostFacts host) {
        config.remarks().forEach(diagnostics::add);
        checkAdmin(config.admin());
        new PortCheck(diagnostics).check(config);
        new PathCheck(diagnostics).check(config);
        TimeCheck times = new TimeCheck(diagnostics);
        times.check(config);
        for (PoolSettings pool : config.pools()) {
            PoolSpec spec = pool.spec();
            new ProgramCheck(diagnostics, host).check(spec);
            new ProbeCheck(diagnostics).check(spec);
            new LimitCheck(diagnostics, host).check(spec);
            times.check(spec);
            new CapacityCheck(diagnostics).check(pool);
        }
    }

    private void checkAdmin(Admin admin) {
        boolean local = admin.host().equals("localhost")
                || InetAddress.ofLiteral(admin.host()).isLoopbackAddress();
        if (!local && admin.tokenFile().isEmpty()) {
            diagnostics.add(Diagnostic.error(
                    "admin.address",
                    "'%s' is reached from other machines, and without a token anybody there may stop workers; give admin.token_file or listen at 127.0.0.1"
                            .formatted(admin.host())));
        }
        admin.tokenFile().ifPresent(this::checkToken);
    }

    private void checkToken(Path file) {
        String key = "admin.token_file";
        try {
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                diagnostics.add(Diagnostic.error(key, "'%s' is no file that can be read".formatted(file)));
            } else if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                diagnostics.add(Diagnostic.remark(
                        key, "everybody on this machine can read '%s'; chmod o-r it".formatted(file)));
            }
        } catch (IOException e) {
            diagnostics.add(Diagnostic.error(key, "'%s' cannot be looked at: %s".formatted(file, e.getMessage())));
        }
    }
}
