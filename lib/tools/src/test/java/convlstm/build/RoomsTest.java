package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The kit keeps to its rooms, and the rules would notice if it did not: {@code wrong} is a small house that breaks them. */
class RoomsTest {
    private static final JavaClasses KIT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("convlstm");
    private static final JavaClasses WRONG = new ClassFileImporter().importPackages("wrong");

    @TestFactory
    Stream<DynamicTest> everyRoomKeepsItsDoors() {
        return Rooms.rules("convlstm").stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(KIT)));
    }

    @Test
    void everyPackageIsNullMarked() {
        assertEquals(List.of(), Rooms.notNullMarked(KIT, "convlstm"),
                "packages without @NullMarked in package-info.java");
    }

    @Test
    void everyClassIsInARoom() {
        assertTrue(KIT.contain("convlstm.tensor.Shape"), "the kit's classes are found");
        assertEquals(List.of(), Rooms.unknownRooms(KIT, "convlstm"), "rooms that Rooms.java does not know");
    }

    @Test
    void theRulesNoticeAWrongHouse() {
        List<String> broken = Rooms.rules("wrong").stream()
                .filter(rule -> rule.evaluate(WRONG).hasViolation())
                .map(rule -> rule.getDescription())
                .sorted()
                .toList();
        assertEquals(List.of(
                "java.lang.foreign.. is used only in backend.cuda",
                "jdk.incubator.vector.. is used only in backend.simd",
                "tensor uses only []"), broken);
        assertEquals(List.of("wrong.layer", "wrong.tensor"), Rooms.notNullMarked(WRONG, "wrong"));
    }
}
