package io.livepatch.supervisor.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A TCP socket with {@code SO_REUSEPORT} that is bound, does not listen, and may belong to another user. By calls of the C library,
 * since Java's sockets always belong to the user of the JVM. The numbers are those of Linux on all processors but MIPS, SPARC and
 * PA-RISC.
 */
final class BoundSocket implements AutoCloseable {

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEPORT = 15;
    private static final int SAME_GROUP = -1;
    private static final int EACCES = 13;
    private static final int EADDRINUSE = 98;
    private static final int EADDRNOTAVAIL = 99;

    private final int descriptor;

    private BoundSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    /** The message says why, in words for the operator. */
    static final class CannotBindException extends Exception {
        private static final long serialVersionUID = 1L;

        CannotBindException(String message) {
            super(message);
        }
    }

    /**
     * Binds.
     *
     * @param uid the user to whom the socket belongs; a user other than that of this JVM needs root
     */
    static BoundSocket open(InetSocketAddress address, Optional<Integer> uid) throws CannotBindException {
        InetAddress host = address.getAddress();
        String name = host.getHostAddress() + ":" + address.getPort();
        try (Arena arena = Arena.ofConfined()) {
            Calls calls = new Calls(arena);
            int family = host instanceof Inet4Address ? AF_INET : AF_INET6;
            int descriptor = calls.socket(family);
            if (descriptor < 0) {
                throw new CannotBindException("cannot open a socket: errno " + calls.errno());
            }
            BoundSocket socket = new BoundSocket(descriptor);
            boolean bound = false;
            try {
                if (calls.reusePort(descriptor) != 0 || (uid.isPresent() && calls.chown(descriptor, uid.get()) != 0)) {
                    throw new CannotBindException("cannot prepare a socket for " + name + ": errno " + calls.errno());
                }
                bound = calls.bind(descriptor, sockaddr(arena, family, host, address.getPort())) == 0;
                if (!bound) {
                    throw new CannotBindException(reason(name, calls.errno()));
                }
                return socket;
            } finally {
                if (!bound) {
                    socket.close();
                }
            }
        }
    }

    /** Makes it another user's, which needs root. */
    void give(int uid) throws CannotBindException {
        try (Arena arena = Arena.ofConfined()) {
            Calls calls = new Calls(arena);
            if (calls.chown(descriptor, uid) != 0) {
                throw new CannotBindException("cannot give a socket to user " + uid + ": errno " + calls.errno());
            }
        }
    }

    private static String reason(String name, int errno) {
        return switch (errno) {
            case EADDRINUSE -> name + " is in use by another process; stop it ('ss -ltnp' names it)";
            case EADDRNOTAVAIL -> name + " is no address of this machine";
            case EACCES -> "only root may listen on " + name;
            default -> "cannot bind " + name + ": errno " + errno;
        };
    }

    /** A {@code struct sockaddr_in} or {@code sockaddr_in6}. */
    private static MemorySegment sockaddr(Arena arena, int family, InetAddress host, int port) {
        ByteBuffer bytes = ByteBuffer.allocate(family == AF_INET ? 16 : 28);
        bytes.putShort(2, (short) port);
        bytes.put(family == AF_INET ? 4 : 8, host.getAddress());
        MemorySegment segment = arena.allocate(bytes.capacity(), JAVA_INT.byteAlignment());
        segment.copyFrom(MemorySegment.ofArray(bytes.array()));
        segment.set(JAVA_SHORT, 0, (short) family);
        return segment;
    }

    @Override
    public void close() {
        try (Arena arena = Arena.ofConfined()) {
            new Calls(arena).close(descriptor);
        }
    }

    /** Functions of the C library. */
    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
        private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

        private static final MethodHandle SOCKET = function("socket", JAVA_INT, JAVA_INT, JAVA_INT);
        private static final MethodHandle SETSOCKOPT =
                function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
        private static final MethodHandle FCHOWN = function("fchown", JAVA_INT, JAVA_INT, JAVA_INT);
        private static final MethodHandle BIND = function("bind", JAVA_INT, ADDRESS, JAVA_INT);
        private static final MethodHandle CLOSE = function("close", JAVA_INT);

        private final Arena arena;
        private final MemorySegment state;

        Calls(Arena arena) {
            this.arena = arena;
            this.state = arena.allocate(STATE);
        }

        @SuppressWarnings("restricted")
        private static MethodHandle function(String name, ValueLayout... arguments) {
            return LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow(name),
                    FunctionDescriptor.of(JAVA_INT, arguments),
                    Linker.Option.captureCallState("errno"));
        }

        int socket(int family) {
            return call(SOCKET, family, SOCK_STREAM_CLOEXEC, 0);
        }

        int reusePort(int descriptor) {
            MemorySegment on = arena.allocateFrom(JAVA_INT, 1);
            return call(SETSOCKOPT, descriptor, SOL_SOCKET, SO_REUSEPORT, on, (int) on.byteSize());
        }

        int chown(int descriptor, int uid) {
            return call(FCHOWN, descriptor, uid, SAME_GROUP);
        }

        int bind(int descriptor, MemorySegment address) {
            return call(BIND, descriptor, address, (int) address.byteSize());
        }

        void close(int descriptor) {
            call(CLOSE, descriptor);
        }

        /** Of the last call that failed. */
        int errno() {
            return (int) ERRNO.get(state, 0L);
        }

        private int call(MethodHandle function, Object... arguments) {
            Object[] all = new Object[arguments.length + 1];
            all[0] = state;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            try {
                return (int) function.invokeWithArguments(all);
            } catch (Throwable e) {
                throw new IllegalStateException("a call of the C library failed", e);
            }
        }
    }
}
