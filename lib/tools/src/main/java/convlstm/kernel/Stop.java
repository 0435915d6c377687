package convlstm.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Weaver} puts into a cell's code: each loop and each method, a lambda's too, asks {@link #check} whether it
 * was interrupted. The answer is a call site that is empty until it is needed, so that compiled loops pay nothing for it. Public, since cells call it.
 */
public final class Stop {
    private static final MutableCallSite SITE = new MutableCallSite(MethodType.methodType(void.class));
    private static final MutableCallSite[] SITES = {SITE};
    private static final MethodHandle CHECK = SITE.dynamicInvoker();
    private static final MethodHandle GO_ON = MethodHandles.empty(MethodType.methodType(void.class));
    private static final MethodHandle LOOK;
    private static final Set<Thread> LEFT_BEHIND = ConcurrentHashMap.newKeySet();
    /** What every loop throws; null as long as they go on. */
    private static volatile @Nullable Supplier<Error> all;

    static {
        try {
            LOOK = MethodHandles.lookup().findStatic(Stop.class, "look", MethodType.methodType(void.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        SITE.setTarget(LOOK);
        check(); // Java makes what it needs for this now, and not when memory is full
        SITE.setTarget(GO_ON);
    }

    private Stop() {}

    /** Ends a loop that was interrupted; an {@code Error}, so that {@code catch (Exception e)} does not hold it up. */
    static final class Interrupted extends Error {
        Interrupted() {
            super("interrupted", null, false, true);
        }
    }

    /** A cell wanted to end Java. */
    static final class ExitRefused extends Error {
        ExitRefused(String call) {
            super(call + " would end Java, and every variable with it", null, false, true);
        }
    }

    /** Called by each backward jump in a cell, and where a method of one begins. */
    public static void check() {
        try {
            CHECK.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** In place of {@code System.exit}. */
    public static void exit(int status) {
        throw new ExitRefused("System.exit(" + status + ")");
    }

    /** In place of {@code Runtime.exit} and {@code Runtime.halt}. */
    public static void exit(Runtime runtime, int status) {
        throw new ExitRefused("Runtime.exit(" + status + ")");
    }

    /** Before an array is made: {@code length} elements of {@code bytes} each. */
    public static void room(int length, int bytes) {
        if ((long) length * bytes > Memory.LARGE) {
            Memory.require((long) length * bytes);
        }
    }

    /** Before an array of arrays is made. */
    public static void room(long bytes) {
        if (bytes > Memory.LARGE) {
            Memory.require(bytes);
        }
    }

    private static void look() {
        Supplier<Error> error = all;
        if (error != null) {
            throw error.get();
        }
        if (LEFT_BEHIND.contains(Thread.currentThread())) {
            throw new Interrupted();
        }
    }

    /** From now on every loop of cells ends, with this. */
    static void everyLoop(Supplier<Error> error) {
        all = error;
        turn(LOOK);
    }

    /** From now on loops go on, but for those in threads that were left behind. */
    static void none() {
        if (all != null) {
            all = null;
            LEFT_BEHIND.removeIf(thread -> !thread.isAlive());
            turn(LEFT_BEHIND.isEmpty() ? GO_ON : LOOK);
        }
    }

    /** A thread that did not end in time: its next loop in a cell's code will. */
    static void leaveBehind(Thread thread) {
        LEFT_BEHIND.add(thread);
    }

    private static void turn(MethodHandle target) {
        SITE.setTarget(target);
        MutableCallSite.syncAll(SITES);
    }
}
