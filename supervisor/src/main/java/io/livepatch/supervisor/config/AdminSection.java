package io.livepatch.supervisor.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code admin}: Monoceros' {@code port}, and ours. */
final class AdminSection {

    static final Key<String> ADDRESS = address("address");
    static final Key<Integer> PORT = Readings.whole("port", 0, 65535);
    static final Key<Path> TOKEN_FILE = Readings.path("token_file", "a file");
    static final Section ADMIN = Section.of("admin", List.of(ADDRESS, PORT, TOKEN_FILE));

    private AdminSection() {}

    static AdminSettings read(Optional<Values> values, Origin origin) {
        return new AdminSettings(
                values.flatMap(it -> it.get(ADDRESS)).orElse(AdminSettings.DEFAULT_ADDRESS),
                values.flatMap(it -> it.get(PORT)).orElse(0),
                values.flatMap(it -> it.get(TOKEN_FILE)).map(origin::resolve));
    }

    /** Of this machine; no other name than this, so that reading a file asks no name server. */
    static Key<String> address(String name) {
        return Readings.text(name, "an IP address such as 127.0.0.1 or ::1, or localhost", text -> {
            String address = text.replaceAll("^\\[(.*)]$", "$1");
            try {
                return address.equals("localhost")
                        ? address
                        : InetAddress.ofLiteral(address).getHostAddress();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("'%s' is not an IP address".formatted(text), e);
            }
        });
    }
}
