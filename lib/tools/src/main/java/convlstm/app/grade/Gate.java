package convlstm.app.grade;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the code of a cell may call. Whoever reaches into other objects by reflection can make a failed check a passed
 * one, in the Java that both run in; so a method that does is not run: in its place stands one that says so. It is the
 * compiled class that is looked at: no spelling of a name, no string put together at run time makes a difference.
 */
final class Gate {
    private static final Pattern ALLOWED = Pattern.compile("""
            REPL/.* | convlstm/(?!app/|instructor/).* | convlstm/app/grade/KernelMethods
            | java/(io|math|nio|text|time|util)/.* | java/lang/[^/]* | java/lang/(ref|annotation)/.*
            | java/lang/reflect/Array | jdk/incubator/vector/.* | jdk/jshell/spi/SPIResolutionException
            """, Pattern.COMMENTS);
    private static final Pattern REFUSED = Pattern.compile(
            """
                    java/lang/(ClassLoader | Process.* | Runtime\\$.* | Module.* | StackWalker.* | SecurityManager)
                    | java/io/(Object.* | Externalizable | FileDescriptor | Console)
                    | java/nio/file/(spi/.* | FileSystems) | java/nio/channels/(spi/.* | .*Socket.* | Selector | Pipe.*)
                    | java/util/(ServiceLoader.* | ResourceBundle.* | PropertyResourceBundle | logging/.* | prefs/.* | jar/.* | spi/.*)
                    | java/util/concurrent/atomic/.*FieldUpdater
                    """,
            Pattern.COMMENTS);
    private static final Set<String> OF_CLASS = Set.of("getName", "getSimpleName", "getTypeName", "isInstance", "cast",
            "equals", "hashCode", "toString", "isArray", "getComponentType", "componentType", "isAssignableFrom",
            "getEnumConstants", "desiredAssertionStatus", "isInterface", "isEnum", "isRecord");
    private static final Set<String> OF_RUNTIME = Set.of("getRuntime", "availableProcessors", "freeMemory",
            "maxMemory", "totalMemory", "gc", "exit", "halt");
    private static final Set<String> NOT_OF_SYSTEM = Set.of("load", "loadLibrary", "setProperty", "setProperties",
            "getProperties", "clearProperty", "setSecurityManager", "getLogger", "console", "inheritedChannel");
    private static final Pattern NOTED = Pattern.compile("""
            java/nio/file/(Files | FileSystem)\\..* | java/io/(File | FileInputStream | FileOutputStream | FileReader
                | FileWriter | RandomAccessFile | PrintWriter)\\.<init> | java/lang/System\\.(exit | setOut | setErr)
            | java/nio/channels/.*\\.open | java/lang/Runtime\\.(exit | halt) | java/util/zip/ZipFile\\..*
            """, Pattern.COMMENTS);

    private final Set<String> refused = new LinkedHashSet<>();
    private final Set<String> noted = new LinkedHashSet<>();

    /** What a cell calls and may not, since the last call. */
    Set<String> takeRefused() {
        return take(refused);
    }

    /** What a cell may call and an instructor should know of, since the last call; classes of the kit among it. */
    Set<String> takeNoted() {
        return take(noted);
    }

    private static Set<String> take(Set<String> names) {
        Set<String> taken = new LinkedHashSet<>(names);
        names.clear();
        return taken;
    }

    /** The class with every method replaced that calls what it may not. */
    byte[] pass(byte[] compiled) {
        ClassFile file = ClassFile.of();
        ClassModel model = file.parse(compiled);
        Set<String> inherited = new LinkedHashSet<>();
        Stream.concat(model.superclass().stream(), model.interfaces().stream()).map(ClassEntry::asInternalName)
                .filter(name -> !isAllowed(name, "<init>")).forEach(inherited::add);
        return file.transformClass(model, ClassTransform.transformingMethods(
                method -> method.code().isPresent(),
                (builder, element) -> {
                    if (element instanceof CodeModel code) {
                        Set<String> found = new LinkedHashSet<>(inherited);
                        code.forEach(e -> look(e, found));
                        if (!found.isEmpty()) {
                            List<String> names = found.stream().map(name -> name.replace('/', '.')).toList();
                            refused.addAll(names);
                            builder.withCode(c -> c.new_(UNSUPPORTED).dup()
                                    .loadConstant("not run, since it uses " + names.getFirst())
                                    .invokespecial(UNSUPPORTED, ConstantDescs.INIT_NAME, TAKES_TEXT).athrow());
                            return;
                        }
                    }
                    builder.with(element);
                }));
    }

    private static final ClassDesc UNSUPPORTED = ClassDesc.of("java.lang.UnsupportedOperationException");
    private static final MethodTypeDesc TAKES_TEXT = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

    private void look(CodeElement element, Set<String> found) {
        switch (element) {
            case InvokeInstruction call -> look(call.owner().asInternalName(), call.name().stringValue(), found);
            case FieldInstruction field -> look(field.owner().asInternalName(), field.name().stringValue(), found);
            case NewObjectInstruction made -> look(made.className().asInternalName(), "<init>", found);
            case InvokeDynamicInstruction dynamic -> dynamic.bootstrapArgs().forEach(arg -> {
                if (arg instanceof DirectMethodHandleDesc method) {
                    String owner = method.owner().descriptorString();
                    look(owner.startsWith("L") ? owner.substring(1, owner.length() - 1) : owner, method.methodName(),
                            found);
                }
            });
            default -> {
            }
        }
    }

    private void look(String owner, String name, Set<String> found) {
        if (!isAllowed(owner, name)) {
            found.add(owner + (name.equals("<init>") ? "" : "." + name));
        } else if (NOTED.matcher(owner + "." + name).matches() || owner.startsWith("convlstm/")) {
            noted.add(owner.replace('/', '.') + (owner.startsWith("convlstm/") ? "" : "." + name));
        }
    }

    private static boolean isAllowed(String owner, String name) {
        return owner.startsWith("[") || switch (owner) {
            case "java/lang/Class" -> OF_CLASS.contains(name);
            case "java/lang/Runtime" -> OF_RUNTIME.contains(name);
            case "java/lang/System" -> !NOT_OF_SYSTEM.contains(name);
            case "java/lang/Thread" -> !name.endsWith("ContextClassLoader");
            default -> ALLOWED.matcher(owner).matches() && !REFUSED.matcher(owner).matches();
        };
    }
}
