package io.livepatch.supervisor.config;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;

/** Who may reach the admin endpoint, and who may read what protects it. */
record AdminCheck(Findings findings) {

    void look(AdminSettings admin) {
        boolean local = admin.address().equals("localhost")
                || InetAddress.ofLiteral(admin.address()).isLoopbackAddress();
        if (!local && admin.tokenFile().isEmpty()) {
            findings.add(Finding.error(
                    "admin.address",
                    "'%s' is reached from other machines, and without a token anybody there may stop workers; give admin.token_file or listen at 127.0.0.1"
                            .formatted(admin.address())));
        }
        admin.tokenFile().ifPresent(this::lookAtToken);
    }

    private void lookAtToken(Path file) {
        try {
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                findings.add(Finding.error("admin.token_file", "'%s' is no file that can be read".formatted(file)));
            } else if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                findings.add(Finding.remark(
                        "admin.token_file", "everybody on this machine can read '%s'; chmod o-r it".formatted(file)));
            }
        } catch (IOException e) {
            findings.add(
                    Finding.error("admin.token_file", "'%s' cannot be looked at: %s".formatted(file, e.getMessage())));
        }
    }
}
