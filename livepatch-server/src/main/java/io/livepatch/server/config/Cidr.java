package io.livepatch.server.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A block of IPv4 or IPv6 addresses in CIDR notation, such as {@code 10.0.0.0/8}; an address alone is a block of one.
 *
 * @param network the block's first address
 * @param bits length of the prefix that all addresses of the block share
 */
public record Cidr(InetAddress network, int bits) {
    private static final int SOURCE_BITS = 64;
    private static final int IPV6_BYTES = 16;

    public Cidr {
        if (bits < 0 || bits > network.getAddress().length * Byte.SIZE) {
            throw new IllegalArgumentException("has a prefix length that its address does not have");
        }
    }

    /**
     * Reads {@code 10.0.0.0/8}, {@code ::1/128} or {@code 192.0.2.7}. Names are not resolved.
     *
     * @throws IllegalArgumentException with a message that continues "the value …"
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = literal(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return new Cidr(address, address.getAddress().length * Byte.SIZE);
        }
        String bits = text.substring(slash + 1);
        if (!bits.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("has an entry whose prefix length is not a number");
        }
        return new Cidr(address, Integer.parseInt(bits));
    }

    /** The source of limits per source: an IPv4 address, or the /64 of an IPv6 address, since one client has a /64. */
    public static Cidr sourceBlock(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return new Cidr(address, address.getAddress().length * Byte.SIZE);
        }
        byte[] bytes = Arrays.copyOf(Arrays.copyOf(address.getAddress(), SOURCE_BITS / Byte.SIZE), IPV6_BYTES);
        try {
            return new Cidr(InetAddress.getByAddress(bytes), SOURCE_BITS);
        } catch (UnknownHostException e) {
            throw new AssertionError("an IPv6 address has 16 bytes", e);
        }
    }

    private static InetAddress literal(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("has an entry that is not an IP address or a block like 10.0.0.0/8", e);
        }
    }

    /** An IPv4 address is in no IPv6 block and vice versa. */
    public boolean contains(InetAddress address) {
        byte[] left = network.getAddress();
        byte[] right = address.getAddress();
        if (left.length != right.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        for (int index = 0; index < whole; index++) {
            if (left[index] != right[index]) {
                return false;
            }
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || (left[whole] ^ right[whole]) >> (Byte.SIZE - rest) == 0;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + bits;
    }
}
