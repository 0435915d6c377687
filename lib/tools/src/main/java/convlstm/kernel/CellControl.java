package convlstm.kernel;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.execution.DirectExecutionControl;
import jdk.jshell.spi.SPIResolutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the code of cells in a thread of its own, which can be interrupted, and keeps variables.
 *
 * <p>JShell compiles a declaration anew when something that it uses is declared anew, an import included, and loads it
 * under a new name, where its variables are empty. Here a class that only moved by some lines stays as it is, and a class
 * that did change takes over the values of the old one. What cannot be taken over is told to the reader: a value of a
 * class that is another one now, or one whose own code is old.
 */
final class CellControl extends DirectExecutionControl {
    /** The name under which a cell's interruption travels through JShell. */
    static final String INTERRUPTED = "interrupted";
    /** The same for a thread that did not end. */
    static final String LEFT_BEHIND = "left behind";

    /** A training that is stopped goes on to the end of its step, which takes seconds while the JIT still compiles. */
    private static final int METHODS_SECONDS = 3;
    private static final int PATIENCE_SECONDS = 5;
    private static final Pattern WRAPPER = Pattern.compile("REPL\\.\\$JShell\\$(\\d+)[A-Z]*");

    /** The classes that JShell made, as it made them, by name. */
    private final Map<String, byte[]> bytes = new HashMap<>();
    /** How many lines further down a class is now than when it was loaded. */
    private final Map<String, Integer> moved = new HashMap<>();
    /** For each declaration the class that has its variables. */
    private final Map<String, Class<?>> current = new HashMap<>();
    private final Set<String> emptied = new LinkedHashSet<>();

    /** DirectExecutionControl has just made it that of this thread: it finds the classes of cells. */
    private final ClassLoader loader = Thread.currentThread().getContextClassLoader();
    private volatile ExecutorService executor = thread();
    private volatile boolean interrupted;
    private @Nullable Object result;
    private @Nullable Throwable thrown;

    /** Held where code begins or ends and where it is stopped, so that what is meant for one cell does not meet the next. */
    private final Object turn = new Object();
    private @Nullable Running running;

    /** The code of a cell that runs. Says without new memory how it ended, since there may be none. */
    private final class Running extends FutureTask<Object> {
        private final CountDownLatch ended = new CountDownLatch(1);
        private @Nullable Thread thread;

        Running(Callable<Object> code) {
            super(code);
        }

        @Override
        protected void done() {
            ended.countDown();
        }

        @Override
        public void run() {
            synchronized (turn) {
                thread = Thread.currentThread();
                if (interrupted) {
                    thread.interrupt();
                }
            }
            super.run();
            synchronized (turn) {
                thread = null;
                Thread.interrupted(); // of this cell, not of the next one
            }
        }

        /** Its thread goes on, but nobody waits for it any more. */
        void leave() {
            Thread at = thread;
            if (at != null) {
                Stop.leaveBehind(at);
                setException(new LeftBehind(at.getStackTrace()));
            }
        }
    }

    CellControl() {
        Memory.watch(() -> {
            synchronized (turn) {
                Stop.everyLoop(Memory::error, 0); // between two cells too: of a thread that one of them started
            }
        });
    }

    /** A cell begins: an interrupt from now on is meant for it. */
    void begin() {
        interrupted = false;
    }

    boolean interrupted() {
        return interrupted;
    }

    private ExecutorService thread() {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "cells");
            thread.setDaemon(true);
            thread.setContextClassLoader(loader);
            return thread;
        });
    }

    /** Everything is on the kernel's own class path, which the loader of cells sees. */
    @Override
    public void addToClasspath(String path) throws EngineTerminationException, InternalException {
        if (!path.equals(System.getProperty("java.class.path"))) {
            super.addToClasspath(path);
        }
    }

    @Override
    public void load(ClassBytecodes[] classes)
            throws ClassInstallException, NotImplementedException, EngineTerminationException {
        ClassBytecodes[] woven = new ClassBytecodes[classes.length];
        for (int i = 0; i < classes.length; i++) {
            woven[i] = new ClassBytecodes(classes[i].name(), Weaver.weave(classes[i].bytecodes()));
        }
        super.load(woven);
        for (ClassBytecodes c : classes) {
            bytes.put(c.name(), c.bytecodes());
            Matcher wrapper = WRAPPER.matcher(c.name());
            if (wrapper.matches()) {
                takeOver(wrapper.group(1), c.name());
            }
        }
    }

    private void takeOver(String declaration, String name) {
        try {
            Class<?> now = findClass(name);
            Class<?> before = current.put(declaration, now);
            if (before == null) {
                return;
            }
            for (Field old : before.getDeclaredFields()) {
                if (!Modifier.isStatic(old.getModifiers()) || old.isSynthetic()) {
                    continue;
                }
                old.setAccessible(true);
                Object value = old.get(null);
                if (value == null) {
                    continue;
                }
                Field field = sameIn(now, old);
                if (field != null && value.getClass().getNestHost() != before) {
                    field.setAccessible(true);
                    field.set(null, value);
                } else {
                    emptied.add(old.getName());
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static @Nullable Field sameIn(Class<?> now, Field old) {
        for (Field field : now.getDeclaredFields()) {
            if (field.getName().equals(old.getName()) && field.getGenericType().equals(old.getGenericType())) {
                return field;
            }
        }
        return null;
    }

    /** The variables that became empty since the last call. */
    Set<String> takeEmptied() {
        Set<String> names = new LinkedHashSet<>(emptied);
        emptied.clear();
        return names;
    }

    /** Empties the variable that a cell has declared without a value. */
    void reset(String name) {
        for (Class<?> wrapper : current.values()) {
            try {
                Field field = wrapper.getDeclaredField(name);
                field.setAccessible(true);
                field.set(null, Array.get(Array.newInstance(field.getType(), 1), 0));
            } catch (NoSuchFieldException e) {
                continue; // of another declaration
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void redefine(ClassBytecodes[] classes) throws NotImplementedException {
        Map<String, Integer> lines = new HashMap<>();
        for (ClassBytecodes c : classes) {
            byte[] before = bytes.get(c.name());
            Integer by = before == null ? null : Weaver.moved(before, c.bytecodes());
            if (by == null) {
                throw new NotImplementedException("a class that has changed is loaded under a new name");
            }
            lines.put(c.name(), by);
        }
        moved.putAll(lines);
    }

    @Override
    protected String invoke(Method method) throws Exception {
        result = null;
        thrown = null;
        result = run(() -> method.invoke(null));
        return "";
    }

    /** Runs code of cells in their thread. */
    Object run(Callable<Object> code) throws Exception {
        Running run = new Running(code);
        synchronized (turn) {
            if (interrupted) { // while the code was compiled
                throw new UserException("", INTERRUPTED, new StackTraceElement[0]);
            }
            running = run;
            letGoOnUnlessFull();
        }
        try {
            executor.execute(run);
            run.ended.await();
            if (Memory.full() || run.state() == Future.State.FAILED) {
                Memory.settle();
            }
            Object value = run.get();
            if (interrupted) {
                throw new UserException("", INTERRUPTED, new StackTraceElement[0]);
            }
            return value;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof InvocationTargetException ofCell
                    ? ofCell.getCause()
                    : e.getCause();
            throw converted(cause == null ? e : cause);
        } finally {
            synchronized (turn) {
                running = null;
                letGoOnUnlessFull();
            }
        }
    }

    private static void letGoOnUnlessFull() {
        if (Memory.full()) {
            Stop.everyLoop(Memory::error, 0);
        } else {
            Stop.none();
        }
    }

    private Exception converted(Throwable e) {
        if (e instanceof LeftBehind) {
            return new UserException("", LEFT_BEHIND, e.getStackTrace());
        }
        if (e instanceof Stop.Interrupted || interrupted && !(e instanceof OutOfMemoryError)) {
            return new UserException("", INTERRUPTED, shifted(e));
        }
        if (e instanceof SPIResolutionException unresolved) {
            return new ResolutionException(unresolved.id(), shifted(e));
        }
        thrown = e;
        return userException(e, 0);
    }

    private UserException userException(Throwable e, int depth) {
        UserException user = new UserException(String.valueOf(e.getMessage()), e.getClass().getName(), shifted(e));
        if (e.getCause() != null && depth < 10) {
            user.initCause(userException(e.getCause(), depth + 1));
        }
        return user;
    }

    /** The stack, with the line numbers that JShell expects. */
    private StackTraceElement[] shifted(Throwable e) {
        StackTraceElement[] stack = e.getStackTrace();
        for (int i = 0; i < stack.length; i++) {
            Integer by = moved.get(stack[i].getClassName());
            if (by != null) {
                stack[i] = new StackTraceElement(stack[i].getClassName(), stack[i].getMethodName(),
                        stack[i].getFileName(), stack[i].getLineNumber() + by);
            }
        }
        return stack;
    }

    /** What the last code that was run returned. */
    @Nullable
    Object takeResult() {
        Object r = result;
        result = null;
        return r;
    }

    /** What the last code that was run threw. */
    @Nullable
    Throwable thrown() {
        return thrown;
    }

    private static final class LeftBehind extends Error {
        LeftBehind(StackTraceElement[] at) {
            super("left behind", null, false, true);
            setStackTrace(at);
        }
    }

    /**
     * Ends the code that runs, if any: its waits at once, its loops at their next turn, a method that begins seconds
     * later; and what does neither is left.
     */
    void interrupt() {
        synchronized (turn) {
            interrupted = true;
            Running run = running;
            if (run == null) {
                return;
            }
            Stop.everyLoop(Stop.Interrupted::new, TimeUnit.SECONDS.toNanos(METHODS_SECONDS));
            if (run.thread != null) {
                run.thread.interrupt();
            }
            CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS).execute(() -> leave(run));
        }
    }

    private void leave(Running run) {
        synchronized (turn) {
            if (!run.isDone()) {
                executor.shutdown();
                executor = thread();
                run.leave();
            }
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
