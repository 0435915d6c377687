package convlstm.course;

/** A test of a student's code: passes by returning, fails by throwing; the exception's message is the feedback. */
@FunctionalInterface
public interface ThrowingTest {
    void run() throws Exception;
}
