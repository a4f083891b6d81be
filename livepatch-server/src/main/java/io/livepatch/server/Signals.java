package io.livepatch.server;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * SIGTERM and SIGINT as calls. A shutdown hook would not do: the JVM runs it once, so a second signal could not hurry it, and
 * it ends with 143 however well all ended.
 */
final class Signals {
    private Signals() {}

    /** Runs this on each of the two signals, on a thread of the JVM's own; it must not block. */
    static void onTermination(Runnable action) {
        try {
            // By reflection: javac warns of any mention of this type, and there is no other way to a signal.
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
            for (String name : new String[] {"TERM", "INT"}) {
                Object number = signal.getConstructor(String.class).newInstance(name);
                signal.getMethod("handle", signal, handler).invoke(null, number, listener);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM has no way to signals", e);
        }
    }
}
