package convlstm.app.grade;

import java.util.Optional;

/**
 * A notebook that was handed in, read.
 *
 * @param student whose it is
 * @param path within the folder of submissions, with slashes
 * @param fingerprint of what is in the file
 * @param modified when it was last saved, in milliseconds
 * @param notebook its cells; empty if it cannot be read
 * @param fault why not
 * @param assignment the one that it answers; empty if it cannot be told
 * @param remark what is to be said of the choice among several
 */
record Submission(
        String student, String path, String fingerprint, long modified, Optional<Notebook> notebook, String fault,
        Optional<Assignment> assignment, String remark) {

    long filledIn() {
        return notebook.isPresent() && assignment.isPresent()
                ? new Answers(assignment.get(), notebook.get()).filledIn()
                : -1;
    }

    Submission withRemark(String text) {
        return new Submission(student, path, fingerprint, modified, notebook, fault, assignment, text);
    }
}
