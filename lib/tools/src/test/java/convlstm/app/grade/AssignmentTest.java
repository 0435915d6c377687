package convlstm.app.grade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the grader reads in an assignment's source. */
class AssignmentTest {
    private static final Assignment A2 = Assignment
            .read(Path.of("notebooks/assignments/source/A2-conv2d-by-hand.ipynb"));

    private static List<String> calledBesides(String question, String answer) {
        return A2.calledBesides(A2.questions().stream().filter(q -> q.gradeId().equals(question)).findFirst()
                .orElseThrow(), answer);
    }

    /** A gradient by the student's own convolution; not the answer's own methods, nor what a comment says. */
    @Test
    void methodsOfOtherQuestionsAreFoundInAnAnswer() {
        String own = "double[][][][] gradKernel(double[][][] x) { return %s; }\ndouble[] gradBias(double[][][] dy) { }";
        assertEquals(List.of("conv2d"), calledBesides("grad-kernel-check", own.formatted("conv2d (x, unit, b, same)")));
        assertEquals(List.of("conv2d"), calledBesides("grad-kernel-check", own.formatted("with(this::conv2d)")));
        assertEquals(List.of(), calledBesides("grad-kernel-check", own.formatted("x /* not conv2d(x) */")));
        assertEquals(List.of(), calledBesides("grad-kernel-check", own.formatted("myconv2d(x)")));
    }

    @Test
    void theAuthorsOwnAnswersCallNothingBesides() {
        A2.questions().forEach(q -> q.answers().forEach(
                i -> assertEquals(List.of(), A2.calledBesides(q, A2.cells().get(i).source()))));
    }
}
