package convlstm.app.grade;

import convlstm.app.Assignments;
import convlstm.app.LabException;
import convlstm.app.grade.Notebook.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** An assignment as the instructor wrote it: the cells, solutions included, and the questions among them. */
final class Assignment {
    private final String name;
    private final List<Cell> cells;
    private final List<Question> questions = new ArrayList<>();
    private final List<Set<String>> reserved = new ArrayList<>();
    private final Set<String> asked = new TreeSet<>(); // what the instructor's answers declare
    private final List<String> given = new ArrayList<>(); // what students get, bare
    private final Map<String, Integer> places = new LinkedHashMap<>();

    /**
     * Something that gives points.
     *
     * @param title the heading above it
     * @param cell the place of the cell that gives them
     * @param answers the places of the cells that the student fills in for it
     */
    record Question(String gradeId, String title, double points, int cell, List<Integer> answers, boolean manual) {}

    private Assignment(String name, List<Cell> cells) {
        this.name = name;
        this.cells = cells;
        String title = "";
        List<Integer> answers = new ArrayList<>();
        boolean open = false;
        for (int i = 0; i < cells.size(); i++) {
            Cell cell = cells.get(i);
            if (!cell.code() && cell.source().startsWith("#")) {
                title = cell.source().lines().findFirst().orElseThrow().replaceFirst("^#+ *", "");
            }
            if (!cell.gradeId().isEmpty() && places.put(cell.gradeId(), i) != null) {
                throw new LabException(name + ": expected each grade_id once, got '" + cell.gradeId() + "' twice");
            }
            if (cell.isManual()) {
                questions.add(new Question(cell.gradeId(), title, cell.points(), i, List.of(i), true));
            } else if (cell.isTest()) {
                if (Source.checks(cell.source()).isEmpty()) {
                    throw new LabException(name + ": expected the cell " + cell.gradeId() + " to end with"
                            + " checks.score(), got another end");
                }
                questions.add(new Question(cell.gradeId(), title, cell.points(), i, List.copyOf(answers), false));
                open = false;
            } else if (cell.code() && cell.solution()) {
                if (!open) {
                    answers.clear(); // those of the question before
                }
                open = true;
                answers.add(i);
            }
        }
        reserve();
        for (Cell cell : cells) {
            try {
                String text = Assignments.forStudent(cell.source());
                boolean whole = cell.solution() && text.equals(cell.source()); // nothing says which part is the solution
                String stub = cell.code() ? String.join("\n", Assignments.CODE_STUB) : Assignments.TEXT_STUB;
                given.add(bare(cell.withSource(whole ? stub : text)));
            } catch (IllegalArgumentException e) {
                throw new LabException(name + ", cell " + cell.gradeId() + ": " + e.getMessage(), e);
            }
        }
    }

    /**
     * What a student's cell may not declare: what the instructor's cells rely on, and what those before it declare; but
     * never what the instructor's solutions declare, since that is what the student is asked for.
     */
    private void reserve() {
        List<Set<String>> declared = Snippets.declaredIn(
                cells.stream().map(cell -> cell.code() ? cell.source() : "").toList());
        Set<String> names = new TreeSet<>(Source.ROOTS);
        names.add("student");
        for (int i = 0; i < cells.size(); i++) {
            if (cells.get(i).solution()) {
                asked.addAll(declared.get(i));
            } else if (cells.get(i).code()) {
                names.addAll(Source.reliedOn(cells.get(i).source()));
            }
        }
        for (int i = -1; i < cells.size(); i++) {
            if (i >= 0 && isKits(cells.get(i)) && !cells.get(i).isTest()) {
                names.addAll(declared.get(i));
            }
            Set<String> here = new TreeSet<>(names);
            here.removeAll(asked);
            reserved.add(here);
        }
    }

    private boolean isKits(Cell cell) {
        return cell.code() && !cell.solution();
    }

    /** Reads the instructor's notebooks of a folder, by name. */
    static List<Assignment> readAll(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new LabException("source: expected a folder with the instructor's notebooks, got " + folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<Assignment> all = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".ipynb")).sorted().toList()) {
                all.add(read(file));
            }
            return all;
        }
    }

    static Assignment read(Path file) {
        try {
            return new Assignment(nameOf(file), Notebook.read(file).cells());
        } catch (Notebook.Unreadable e) {
            throw new LabException(file + ": expected an instructor's notebook, but " + e.getMessage(), e);
        }
    }

    /** {@code A1} for {@code A1-gates.ipynb}. */
    private static String nameOf(Path file) {
        return file.getFileName().toString().replaceFirst("[-_. ].*", "");
    }

    String name() {
        return name;
    }

    List<Cell> cells() {
        return cells;
    }

    List<Question> questions() {
        return questions;
    }

    /** The id that stands in the notebook before a student puts in another; empty if none does. */
    String placeholder() {
        return cells.stream().map(cell -> Source.STUDENT.matcher(cell.source())).filter(Matcher::find)
                .map(name -> Source.id(name.group(1))).findFirst().orElse("");
    }

    /** The place of the cell with this name; -1 if there is none. */
    int place(String gradeId) {
        return places.getOrDefault(gradeId, -1);
    }

    /** The place of a cell that says the same as this one of a student's, who left it as it was; -1 if there is none. */
    int placeOfText(Cell cell) {
        String bare = bare(cell);
        return IntStream.range(0, cells.size())
                .filter(i -> cells.get(i).code() == cell.code() && given.get(i).equals(bare))
                .findFirst().orElse(-1);
    }

    /** Whether a student's cell at this place still says what it said when it was given out. */
    boolean isUnanswered(int place, Cell cell) {
        String bare = bare(cell);
        return bare.isEmpty() || bare.equals(given.get(place));
    }

    private static String bare(Cell cell) {
        return cell.code() ? Source.bare(Source.anyStudent(cell.source())) : cell.source().replaceAll("\\s+", "");
    }

    /** Names that a student's cell at or below this place may not declare; -1 is above all. */
    Set<String> reserved(int place) {
        return reserved.get(place + 1);
    }

    /** Whether the cells that are not checks say this name. */
    boolean mentions(String name) {
        return isSaid(name, cell -> !cell.isTest());
    }

    /** Whether the instructor's answers say this name: who uses it does as the author does. */
    boolean isInAnswers(String name) {
        return isSaid(name, Cell::solution);
    }

    /** What other questions ask for and this answer calls, while the author's does not. */
    List<String> calledBesides(Question question, String answer) {
        return asked.stream().filter(name -> isCalled(name, answer)
                && question.answers().stream().noneMatch(i -> isCalled(name, cells.get(i).source()))).toList();
    }

    private static boolean isCalled(String name, String code) {
        return Pattern.compile("\\b" + name + "\\s*\\(|::" + name + "\\b").matcher(Source.uncommented(code)).find();
    }

    private boolean isSaid(String name, Predicate<Cell> where) {
        Pattern word = Pattern.compile("\\b" + Pattern.quote(name) + "\\b");
        return cells.stream().anyMatch(c -> c.code() && where.test(c) && word.matcher(c.source()).find());
    }

    /** How many names the two have in common. */
    long shared(Notebook notebook) {
        Set<String> ids = new HashSet<>(places.keySet());
        return notebook.cells().stream().filter(c -> ids.contains(c.gradeId())).count();
    }
}
