package convlstm.kernel;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes the byte code of cells: loops and methods can be interrupted, a stream's lambda too, {@code System.exit} is
 * refused, and arrays that do not fit are refused before they fill the memory that the kernel itself lives in.
 */
final class Weaver {
    private static final ClassDesc STOP = ClassDesc.of(Stop.class.getName());
    private static final ClassDesc RUNTIME = ClassDesc.of("java.lang.Runtime");
    private static final MethodTypeDesc EXIT = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);
    private static final MethodTypeDesc RUNTIME_EXIT = MethodTypeDesc.of(ConstantDescs.CD_void, RUNTIME,
            ConstantDescs.CD_int);

    private static final MethodTypeDesc ROOM = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int,
            ConstantDescs.CD_int);
    private static final MethodTypeDesc ROOM_IN_ALL = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_long);
    /** How JShell's names of the methods that have a snippet's statements begin. */
    private static final String JSHELL_STATEMENTS = "do_it$";
    private static final int REFERENCE_BYTES = 4; // of heaps below 32 GB

    private Weaver() {}

    static byte[] weave(byte[] bytes) {
        ClassFile file = ClassFile.of();
        return file.transformClass(file.parse(bytes), (all, element) -> {
            if (element instanceof MethodModel method) {
                all.transformMethod(method, MethodTransform.transformingCode(new Loops(asks(method))));
            } else {
                all.with(element);
            }
        });
    }

    /** A cell's own statements do not: {@code list = null} has to run where memory is full. */
    private static boolean asks(MethodModel method) {
        return !method.methodName().stringValue().startsWith(JSHELL_STATEMENTS)
                && !method.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME);
    }

    private static final class Loops implements CodeTransform {
        private final Set<Label> above = new HashSet<>();
        private boolean begins;

        Loops(boolean asks) {
            begins = asks;
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            switch (element) {
                case LineNumber line when begins -> {
                    code.with(line).invokestatic(STOP, "method", ConstantDescs.MTD_void);
                    begins = false;
                }
                case LabelTarget label -> {
                    above.add(label.label());
                    code.with(element);
                }
                case BranchInstruction jump when above.contains(jump.target()) -> {
                    code.invokestatic(STOP, "loop", ConstantDescs.MTD_void);
                    code.with(element);
                }
                case InvokeInstruction call when ends(call, "java/lang/System", "exit") ->
                    code.invokestatic(STOP, "exit", EXIT);
                case InvokeInstruction call when ends(call, "java/lang/Runtime", "exit")
                        || ends(call, "java/lang/Runtime", "halt") ->
                    code.invokestatic(STOP, "exit", RUNTIME_EXIT);
                case NewPrimitiveArrayInstruction array -> {
                    code.dup().loadConstant(bytes(array.typeKind())).invokestatic(STOP, "room", ROOM);
                    code.with(element);
                }
                case NewReferenceArrayInstruction array -> {
                    code.dup().loadConstant(REFERENCE_BYTES).invokestatic(STOP, "room", ROOM);
                    code.with(element);
                }
                case NewMultiArrayInstruction array -> {
                    int[] sizes = new int[array.dimensions()];
                    for (int d = sizes.length - 1; d >= 0; d--) {
                        sizes[d] = code.allocateLocal(TypeKind.INT);
                        code.istore(sizes[d]);
                    }
                    code.loadConstant((long) elementBytes(array));
                    for (int size : sizes) {
                        code.iload(size).i2l().lmul();
                    }
                    code.invokestatic(STOP, "room", ROOM_IN_ALL);
                    for (int size : sizes) {
                        code.iload(size);
                    }
                    code.with(element);
                }
                default -> code.with(element);
            }
        }

        private static int elementBytes(NewMultiArrayInstruction array) {
            String type = array.arrayType().asInternalName(); // [[F
            return type.length() == array.dimensions() + 1
                    ? bytes(TypeKind.fromDescriptor(type.substring(array.dimensions())))
                    : REFERENCE_BYTES;
        }

        private static int bytes(TypeKind kind) {
            return switch (kind) {
                case BOOLEAN, BYTE -> 1;
                case CHAR, SHORT -> 2;
                case LONG, DOUBLE -> 8;
                default -> 4;
            };
        }

        private static boolean ends(InvokeInstruction call, String owner, String name) {
            return call.owner().asInternalName().equals(owner) && call.name().equalsString(name);
        }
    }

    /**
     * By how many lines a class moved, if that is all that differs: with each import cells have one more line above their
     * code.
     *
     * @return null if more differs
     */
    static @Nullable Integer moved(byte[] before, byte[] after) {
        return Arrays.equals(withoutLines(before), withoutLines(after)) ? firstLine(after) - firstLine(before) : null;
    }

    private static byte[] withoutLines(byte[] bytes) {
        ClassFile file = ClassFile.of();
        return file.transformClass(file.parse(bytes), ClassTransform.transformingMethodBodies((code, element) -> {
            if (!(element instanceof LineNumber)) {
                code.with(element);
            }
        }));
    }

    private static int firstLine(byte[] bytes) {
        return ClassFile.of().parse(bytes).methods().stream()
                .flatMap(method -> method.code().stream())
                .flatMap(code -> code.elementStream())
                .filter(LineNumber.class::isInstance)
                .mapToInt(line -> ((LineNumber) line).line())
                .findFirst()
                .orElse(0);
    }
}
