package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.debug.Visitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Whether a client is still there. The JDK's server notices that it left when it writes, and nothing is written while one waits
 * for a recording; the kernel knows at once. A client that closed its half of the connection counts as gone.
 */
final class ClientConnection implements Visitor {

    private static final String ESTABLISHED = "01";
    private static final String MAPPED = "0000000000000000FFFF0000";

    private final String local;
    private final String remote;

    ClientConnection(InetSocketAddress local, InetSocketAddress remote) {
        this.local = hex(local);
        this.remote = hex(remote);
    }

    @Override
    public boolean gone() {
        return !(isIn(Path.of("/proc/net/tcp")) || isIn(Path.of("/proc/net/tcp6")));
    }

    /** Columns: {@code sl local_address rem_address st …}. */
    private boolean isIn(Path table) {
        try (Stream<String> lines = Files.lines(table)) {
            return lines.map(line -> line.strip().split("\\s+", 5))
                    .anyMatch(it -> it.length == 5
                            && it[1].endsWith(local)
                            && it[2].endsWith(remote)
                            && ESTABLISHED.equals(it[3])
                            && isSame(it[1], local)
                            && isSame(it[2], remote));
        } catch (IOException | UncheckedIOException e) {
            // Not to be known: then nobody is thrown out for it.
            return true;
        }
    }

    /** An IPv4 address may stand in the table of IPv6, mapped. */
    private static boolean isSame(String column, String address) {
        return column.equals(address) || column.equals(MAPPED + address);
    }

    /** As the kernel prints it: words of four bytes in this machine's order, then the port. */
    private static String hex(InetSocketAddress address) {
        byte[] bytes = address.getAddress().getAddress();
        HexFormat format = HexFormat.of().withUpperCase();
        StringBuilder text = new StringBuilder();
        boolean little = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
        for (int word = 0; word < bytes.length; word += Integer.BYTES) {
            for (int i = 0; i < Integer.BYTES; i++) {
                text.append(format.toHexDigits(bytes[word + (little ? Integer.BYTES - 1 - i : i)]));
            }
        }
        return text + ":" + String.format(Locale.ROOT, "%04X", address.getPort());
    }
}
