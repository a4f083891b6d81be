package io.livepatch.common.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Registers actions for signals. A shutdown hook is not sufficient: the JVM runs it once, so a second signal could not end a slow
 * shutdown, and the exit code would be 143 even after a successful shutdown.
 */
public final class Signals {

    private Signals() {}

    /** Runs the action at each SIGTERM and SIGINT, on a thread of the JVM; it must not block. */
    public static void onTermination(Runnable action) {
        on(List.of("TERM", "INT"), action);
    }

    /** Runs the action at each SIGHUP, on a thread of the JVM; it must not block. */
    public static void onReload(Runnable action) {
        on(List.of("HUP"), action);
    }

    private static void on(List<String> names, Runnable action) {
        try {
            // By reflection: javac warns about any use of this type, and there is no other API for signals.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object identity = new Object();
            InvocationHandler call = (_, method, arguments) -> {
                if (!method.getName().equals("handle")) {
                    return method.invoke(identity, arguments);
                }
                action.run();
                return null;
            };
            Object listener = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, call);
            for (String name : names) {
                Object number = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, number, listener);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no way to signals", e);
        }
    }
}
