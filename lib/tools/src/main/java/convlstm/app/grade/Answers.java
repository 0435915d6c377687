package convlstm.app.grade;

import convlstm.app.grade.Assignment.Question;
import convlstm.app.grade.Notebook.Cell;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.stream.Collectors;

/** What a student wrote, put in its place among the instructor's cells, in the instructor's order. */
final class Answers {
    private final Assignment assignment;
    private final Map<Integer, Cell> solutions = new HashMap<>();
    private final Map<Integer, List<Cell>> own = new HashMap<>();
    private final List<String> remarks = new ArrayList<>();
    private String student = "";

    /** Sorts a notebook's cells. None of them is run where the instructor has one of the same name. */
    Answers(Assignment assignment, Notebook notebook) {
        this.assignment = assignment;
        if (!notebook.language().isEmpty() && !notebook.language().equals("java")) {
            remarks.add("The notebook was saved for " + notebook.language() + "; its cells were run as Java.");
        }
        int place = -1;
        for (Cell cell : notebook.cells()) {
            findStudent(cell);
            int known = assignment.place(cell.gradeId());
            if (known < 0) {
                known = assignment.placeOfText(cell);
            } else if (assignment.cells().get(known).solution()) {
                put(known, cell);
            } else {
                addTo(known, cell);
            }
            if (known >= 0) {
                place = known;
            } else {
                addOwn(place, cell);
            }
        }
        if (!student.isEmpty() && student.equals(assignment.placeholder())) {
            remarks.add("The name in the notebook is still \"" + student + "\".");
            student = "";
        }
        for (int i = 0; i < assignment.cells().size(); i++) {
            Cell cell = assignment.cells().get(i);
            if (cell.solution() && !solutions.containsKey(i)) {
                remarks.add("There is no cell named " + cell.gradeId() + ".");
            }
        }
    }

    /**
     * What a student added to a cell that is the instructor's but not locked, such as an import to the first one. Imports
     * go above it: JShell may forget the variables that stand before one.
     */
    private void addTo(int place, Cell cell) {
        Cell kits = assignment.cells().get(place);
        if (kits.locked()) {
            return;
        }
        List<String> there = Source.anyStudent(kits.source()).lines().map(String::strip).toList();
        Predicate<String> isImport = line -> line.strip().startsWith("import ");
        List<String> added = Source.anyStudent(cell.source()).lines().filter(line -> !there.contains(line.strip()))
                .toList();
        addOwn(place - 1, cell.withSource(added.stream().filter(isImport).collect(Collectors.joining("\n"))));
        addOwn(place, cell.withSource(added.stream().filter(isImport.negate()).collect(Collectors.joining("\n"))));
    }

    private void addOwn(int place, Cell cell) {
        if (cell.code() && !Source.bare(cell.source()).isEmpty()) {
            own.computeIfAbsent(place, p -> new ArrayList<>()).add(cell);
        }
    }

    /** Of two cells with one name the last one that was filled in counts. */
    private void put(int place, Cell cell) {
        Cell other = solutions.get(place);
        if (other == null || !assignment.isUnanswered(place, cell)) {
            solutions.put(place, cell);
        }
        if (other != null) {
            remarks.add("Two cells are named " + cell.gradeId() + "; the last one that was filled in counts.");
        }
    }

    /** The last one in the notebook; a copy of the cell as it was given out does not count after another. */
    private void findStudent(Cell cell) {
        String literal = cell.code() ? Source.student(cell.source()) : "";
        String id = literal.isEmpty() ? "" : Source.id(literal);
        if (!literal.isEmpty() && (student.isEmpty() || !id.equals(assignment.placeholder()))) {
            student = id;
            if (id.isEmpty()) {
                remarks.add("The name in the notebook, " + literal.substring(0, Math.min(80, literal.length()))
                        + ", cannot be an id: expected letters, digits, spaces and . _ @ - '. The checks used the"
                        + " numbers of \"" + assignment.placeholder() + "\".");
            }
        }
    }

    /** The student's id as it stands in the notebook; empty if there is none. */
    String student() {
        return student;
    }

    List<String> remarks() {
        return remarks;
    }

    /** What the student wrote for a question; empty for a cell that is missing. */
    String text(Question question) {
        StringBuilder text = new StringBuilder();
        question.answers().forEach(i -> text.append(solutions.containsKey(i) ? solutions.get(i).source() : "")
                .append("\n\n"));
        return text.toString().strip();
    }

    /** Whether a question has none of its cells. */
    boolean isMissing(Question question) {
        return question.answers().stream().noneMatch(solutions::containsKey) && ownBefore(question).isEmpty();
    }

    /** Whether nothing was filled in; a cell that lost its name may stand beside the place where it belongs. */
    boolean isUnanswered(Question question) {
        return question.answers().stream().noneMatch(this::isFilledIn)
                && (solutions.keySet().containsAll(question.answers()) || ownBefore(question).isEmpty());
    }

    private boolean isFilledIn(int answer) {
        Cell cell = solutions.get(answer);
        return cell != null && !assignment.isUnanswered(answer, cell);
    }

    /** The student's own cells between the question before and this one. */
    private List<Cell> ownBefore(Question question) {
        int first = question.answers().isEmpty() ? question.cell() : question.answers().getFirst();
        List<Cell> cells = new ArrayList<>();
        for (int i = first - 1; i < question.cell(); i++) {
            cells.addAll(own.getOrDefault(i, List.of()));
        }
        return cells;
    }

    long filledIn() {
        return solutions.keySet().stream().filter(this::isFilledIn).count();
    }

    /**
     * The cells to run for some questions: all down to the last one's checks, other questions' checks excepted.
     *
     * @param corrected with the instructor's answers to the questions before the last one, too: they take the place of
     *     what the student's declare
     * @param seconds the longest for each, unless a test says otherwise
     * @param total the longest for all
     */
    Job job(List<Question> questions, boolean corrected, double seconds, double total) {
        List<Job.Step> steps = new ArrayList<>();
        addSteps(steps, -1);
        double longest = 0;
        for (int i = 0; i <= questions.getLast().cell(); i++) {
            int place = i;
            Cell cell = assignment.cells().get(i);
            if (cell.code() && cell.solution()) {
                if (solutions.containsKey(i)) {
                    steps.add(new Job.Step(cell.gradeId(), true, false, solutions.get(i).source(),
                            assignment.reserved(i)));
                }
                if (corrected && !questions.getLast().answers().contains(i)) {
                    steps.add(new Job.Step(cell.gradeId() + " as it should be", false, false, cell.source(), Set.of()));
                }
            } else if (questions.stream().anyMatch(q -> q.cell() == place)) {
                steps.add(new Job.Step(cell.gradeId(), false, true, withStudent(Source.marked(cell.source())),
                        Set.of()));
                longest = Math.max(longest, cell.seconds() > 0 ? cell.seconds() : seconds);
            } else if (cell.code() && !cell.isTest()) {
                steps.add(new Job.Step(name(cell, i), false, false, withStudent(cell.source()), Set.of()));
            }
            if (i < questions.getLast().cell()) {
                addSteps(steps, i);
            }
        }
        return new Job(UUID.randomUUID().toString(), steps, longest, total);
    }

    private void addSteps(List<Job.Step> steps, int place) {
        List<Cell> cells = own.getOrDefault(place, List.of());
        for (int k = 0; k < cells.size(); k++) {
            String after = place < 0 ? "at the top" : "after " + named(place);
            String name = "own cell " + (cells.size() == 1 ? "" : k + 1 + " ") + after;
            steps.add(new Job.Step(name, true, false, cells.get(k).source(), assignment.reserved(place)));
        }
    }

    private String name(Cell cell, int place) {
        return (cell.gradeId().isEmpty() ? "the cell after " : "") + named(place);
    }

    /** The name of a cell, or of the nearest one above it that has one. */
    private String named(int place) {
        return assignment.cells().subList(0, place + 1).reversed().stream().map(Cell::gradeId)
                .filter(id -> !id.isEmpty()).findFirst().orElse("the title");
    }

    /** The instructor's text with the student's name in it: the numbers of the exercise depend on it. */
    private String withStudent(String source) {
        Matcher name = Source.STUDENT.matcher(source);
        return student.isEmpty() || !name.find()
                ? source
                : source.substring(0, name.start(1)) + '"' + student + '"' + source.substring(name.end(1));
    }
}
