package io.livepatch.haproxy;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Numbers for servers that depend on their names alone.
 *
 * <p>haproxy 2.6 places a server on the hash ring by its id, and counts ids in the order of the file. Left to that, the
 * first unit's departure would move nearly every client and every cached patch to another unit.
 */
final class ServerIds {
    private ServerIds() {}

    /** Empty for a backend that does not hash: there haproxy may number them as it likes. */
    static Map<Server, Integer> of(Backend backend) {
        return backend.strategy().hashing() ? of(backend.servers()) : Map.of();
    }

    private static Map<Server, Integer> of(List<Server> servers) {
        Map<Server, Integer> ids = new LinkedHashMap<>();
        Set<Integer> taken = new HashSet<>();
        for (Server server : servers) {
            int id = idOf(server.haproxyName());
            while (!taken.add(id)) {
                id = id == Integer.MAX_VALUE ? 1 : id + 1;
            }
            ids.put(server, id);
        }
        return ids;
    }

    private static int idOf(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return Math.max(1, (int) (crc.getValue() & Integer.MAX_VALUE));
    }
}
