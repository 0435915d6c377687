package convlstm.app.grade;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
            REPL/.* | convlstm/(tensor|layer|model|check|data|keras|backend|notebook|course|evidence|rain)/.*
            | convlstm/app/grade/KernelMethods | java/(io|math|nio|text|time|util)/.* | java/lang/[^/]*
            | java/lang/(ref|annotation)/.* | java/lang/reflect/Array | jdk/incubator/vector/.*
            | jdk/jshell/spi/SPIResolutionException
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
    /** What checks are made of; it computes what answers are asked for. */
    private static final Pattern CHECKERS = Pattern
            .compile("convlstm/course/(Checks|Cells|ErrorExplainer|FollowThrough|KitLayers|PaperStep)");
    private static final Set<String> OF_CLASS = Set.of("getName", "getSimpleName", "getTypeName", "isInstance", "cast",
            "equals", "hashCode", "toString", "isArray", "getComponentType", "componentType", "isAssignableFrom",
            "getEnumConstants", "desiredAssertionStatus", "isInterface", "isEnum", "isRecord");
    private static final Set<String> OF_RUNTIME = Set.of("getRuntime", "availableProcessors", "freeMemory",
            "maxMemory", "totalMemory", "gc", "exit", "halt");
    private static final Set<String> NOT_OF_SYSTEM = Set.of("load", "loadLibrary", "setProperty", "setProperties",
            "getProperties", "clearProperty", "setSecurityManager", "getLogger", "console", "inheritedChannel");

    /**
     * Files, and what ends or redirects the program; of what can be made of a text or of a file, the latter; and a search
     * that assignment 4 asks for.
     */
    private static final Pattern NOTED = Pattern.compile("""
            java/nio/file/(Files | FileSystem)\\..* | java/io/File\\..*\\(.* | java/nio/channels/.*\\.open\\(.*
            | java/io/(FileInputStream | FileOutputStream | FileReader | FileWriter | RandomAccessFile)\\.<init>.*
            | java/(io/PrintWriter | io/PrintStream | util/Formatter)\\.<init>\\(Ljava/(lang/String | io/File);.*
            | java/util/Scanner\\.<init>\\(Ljava/(io/File | nio/file/Path);.* | java/util/zip/ZipFile\\..*
            | java/lang/(System | Runtime)\\.(exit | halt | setOut | setErr)\\(.* | convlstm/model/Models\\.unitsFor.*
            """, Pattern.COMMENTS);
    /** What the shell puts around a cell's statement, and what it calls that. */
    private static final Pattern WRAPPER = Pattern.compile("REPL/\\$JShell\\$\\d+[A-Z]*");
    private static final Pattern STATEMENT = Pattern.compile("(lambda\\$)?do_it\\$(\\$\\d+)?");

    private final Set<String> refused = new LinkedHashSet<>();
    private final Set<String> noted = new LinkedHashSet<>();

    /** Classes of cells that inherit from what they may not use, and what that is. */
    private final Map<String, String> foreign = new HashMap<>();
    private boolean byStudent;
    private String kitsText = "";
    private Set<String> kits = Set.of();

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

    /**
     * Says who wrote what is loaded from now on.
     *
     * @param variables what the assignment's cells declare, which no answer may write to
     */
    void enter(Job.Step step, Set<String> variables) {
        byStudent = step.byStudent();
        kitsText = step.byStudent() ? "" : step.source();
        kits = variables;
    }

    /** The classes with every method replaced that calls what it may not. */
    List<byte[]> pass(List<byte[]> compiled) {
        List<ClassModel> models = compiled.stream().map(ClassFile.of()::parse).toList();
        for (int before = -1; before < foreign.size();) { // what a class inherits, its own name reaches
            before = foreign.size();
            for (ClassModel model : models) {
                Stream.concat(model.superclass().stream(), model.interfaces().stream())
                        .map(ClassEntry::asInternalName)
                        .filter(name -> foreign.containsKey(name) || !isAllowed(name, "<init>"))
                        .forEach(name -> foreign.putIfAbsent(model.thisClass().asInternalName(),
                                foreign.getOrDefault(name, name)));
            }
        }
        return models.stream().map(this::pass).toList();
    }

    private byte[] pass(ClassModel model) {
        String type = model.thisClass().asInternalName();
        return ClassFile.of().transformClass(model, (built, part) -> {
            if (part instanceof MethodModel method && method.code().isPresent()) {
                Set<String> found = new LinkedHashSet<>();
                if (foreign.containsKey(type)) {
                    found.add(uses(foreign.get(type)));
                }
                boolean kit = !byStudent && WRAPPER.matcher(type).matches()
                        && STATEMENT.matcher(method.methodName().stringValue()).matches();
                method.code().get().forEach(e -> look(e, type, kit, found));
                if (!found.isEmpty()) {
                    refused.addAll(found);
                    String first = "not run, since it " + found.iterator().next();
                    built.withMethod(method.methodName(), method.methodType(), method.flags().flagsMask(),
                            m -> m.withCode(c -> c.new_(UNSUPPORTED).dup().loadConstant(first)
                                    .invokespecial(UNSUPPORTED, ConstantDescs.INIT_NAME, TAKES_TEXT).athrow()));
                    return;
                }
            }
            built.with(part);
        });
    }

    private static final ClassDesc UNSUPPORTED = ClassDesc.of("java.lang.UnsupportedOperationException");
    private static final MethodTypeDesc TAKES_TEXT = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

    private void look(CodeElement element, String type, boolean kit, Set<String> found) {
        switch (element) {
            case InvokeInstruction call -> look(call.owner().asInternalName(), call.name().stringValue(),
                    call.type().stringValue(), found);
            case FieldInstruction field -> {
                String owner = field.owner().asInternalName();
                String name = field.name().stringValue();
                look(owner, name, "", found);
                if (field.opcode() == Opcode.PUTSTATIC && !kit && kits.contains(name)
                        && WRAPPER.matcher(owner).matches() && !(type + "$").startsWith(owner + "$")) {
                    found.add("changes " + name + ", which belongs to the assignment");
                }
            }
            case NewObjectInstruction made -> look(made.className().asInternalName(), "<init>", "", found);
            case InvokeDynamicInstruction dynamic -> dynamic.bootstrapArgs().forEach(arg -> {
                if (arg instanceof DirectMethodHandleDesc method) {
                    String owner = method.owner().descriptorString();
                    look(owner.startsWith("L") ? owner.substring(1, owner.length() - 1) : owner, method.methodName(),
                            method.lookupDescriptor(), found);
                }
            });
            default -> {
            }
        }
    }

    private static String uses(String owner) {
        return "uses " + owner.replace('/', '.');
    }

    private void look(String owner, String name, String descriptor, Set<String> found) {
        if (foreign.containsKey(owner)) {
            found.add(uses(foreign.get(owner)));
        } else if (!isAllowed(owner, name) || CHECKERS.matcher(owner).matches() && !name.equals("watch")
                && !kitsText.contains(owner.substring(owner.lastIndexOf('/') + 1))) {
            found.add(uses(owner) + (name.equals("<init>") ? "" : "." + name));
        } else if (NOTED.matcher(owner + "." + name + descriptor).matches()) {
            noted.add(owner.replace('/', '.') + "." + name);
        } else if (owner.startsWith("convlstm/") && !owner.startsWith("convlstm/app/")) {
            noted.add(owner.replace('/', '.'));
        }
    }

    private static boolean isAllowed(String owner, String name) {
        return owner.startsWith("[") || !name.endsWith("ContextClassLoader") && switch (owner) {
            case "java/lang/Class" -> OF_CLASS.contains(name);
            case "java/lang/Runtime" -> OF_RUNTIME.contains(name);
            case "java/lang/System" -> !NOT_OF_SYSTEM.contains(name);
            default -> ALLOWED.matcher(owner).matches() && !REFUSED.matcher(owner).matches();
        };
    }
}
