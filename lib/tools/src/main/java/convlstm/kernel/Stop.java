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
 * What {@link Weaver} puts into a cell's code: each loop and each method, a lambda's too, asks whether it was
 * interrupted. The answer is a call site that is empty until it is needed, so that compiled loops pay nothing for it. Public, since cells call it.
 */
public final class Stop {
    private static final MutableCallSite LOOPS = new MutableCallSite(MethodType.methodType(void.class));
    private static final MutableCallSite METHODS = new MutableCallSite(MethodType.methodType(void.class));
    private static final MutableCallSite[] SITES = {LOOPS, METHODS};
    private static final MethodHandle LOOP = LOOPS.dynamicInvoker();
    private static final MethodHandle METHOD = METHODS.dynamicInvoker();
    private static final MethodHandle GO_ON = MethodHandles.empty(MethodType.methodType(void.class));
    private static final MethodHandle LOOK;
    private static final MethodHandle LOOK_LATER;
    private static final Set<Thread> LEFT_BEHIND = ConcurrentHashMap.newKeySet();
    /** What every loop throws; null as long as they go on. */
    private static volatile @Nullable Supplier<Error> all;
    private static volatile long methodsGoOnUntil = System.nanoTime();

    static {
        try {
            LOOK = MethodHandles.lookup().findStatic(Stop.class, "look", MethodType.methodType(void.class));
            LOOK_LATER = MethodHandles.lookup().findStatic(Stop.class, "lookLater", MethodType.methodType(void.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        LOOPS.setTarget(LOOK);
        METHODS.setTarget(LOOK_LATER);
        loop(); // Java makes what it needs for this now, and not when memory is full
        method();
        LOOPS.setTarget(GO_ON);
        METHODS.setTarget(GO_ON);
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

    /** Called by each backward jump in a cell. */
    public static void loop() {
        try {
            LOOP.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Called where a method of a cell begins. */
    public static void method() {
        try {
            METHOD.invokeExact();
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

    private static void lookLater() {
        if (System.nanoTime() - methodsGoOnUntil >= 0) {
            look();
        }
    }

    /**
     * From now on every loop of cells ends, with this; their methods too, but not at once: a training that is interrupted
     * ends by itself, and says so by a lambda of the cell.
     */
    static void everyLoop(Supplier<Error> error, long nanosForMethods) {
        methodsGoOnUntil = System.nanoTime() + nanosForMethods;
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
        LOOPS.setTarget(target);
        METHODS.setTarget(target == GO_ON ? GO_ON : LOOK_LATER);
        MutableCallSite.syncAll(SITES);
    }
}
