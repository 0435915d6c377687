package convlstm.app.grade;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import convlstm.data.AtomicFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** The reports of a batch. Each file is written whole or not at all; numbers have a decimal point in every country. */
final class Reports {
    static final List<String> QUESTION_COLUMNS = List.of("student", "assignment", "question", "status", "points");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?");

    private Reports() {}

    /** Writes pages, tables, JSON and JUnit's XML. */
    static void write(List<Graded> all, Map<String, String> others, Path folder) throws IOException {
        for (Graded g : all) {
            page(g, folder);
        }
        AtomicFile.write(folder.resolve("index.html"), Pages.overview(all, others));
        AtomicFile.write(folder.resolve("class.html"), ClassPage.html(all));
        AtomicFile.write(folder.resolve("class.csv"), csv(ClassPage.rows(all)));
        AtomicFile.write(folder.resolve("grades.json"), json(all));
        AtomicFile.write(folder.resolve("scores.csv"), csv(scores(all)));
        AtomicFile.write(folder.resolve("questions.csv"), csv(questions(all)));
        AtomicFile.write(folder.resolve("junit.xml"), out -> junit(all, out));
    }

    /** Writes the page of one submission. */
    static void page(Graded g, Path folder) throws IOException {
        AtomicFile.write(folder.resolve(Pages.fileName(g)), Pages.page(g));
    }

    /** A row for each submission. */
    static List<List<String>> scores(List<Graded> all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("student", "assignment", "points", "max", "to grade by hand", "isolation", "remarks"));
        all.forEach(g -> rows.add(List.of(g.student(), g.assignment(), number(g.points()), number(g.max()),
                number(g.byHand()), g.isolation(), String.join(" ", g.remarks()))));
        return rows;
    }

    /** A row for each question of each submission; points that a person has to give are left empty. */
    static List<List<String>> questions(List<Graded> all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(Stream.concat(QUESTION_COLUMNS.stream(), Stream.of("max", "seconds")).toList());
        all.forEach(g -> g.marks().forEach(m -> rows.add(List.of(g.student(), g.assignment(), m.gradeId(),
                m.status().words(), m.status() == Status.BY_HAND ? "" : number(m.points()), number(m.max()),
                number(Math.round(m.seconds() * 100) / 100.0)))));
        return rows;
    }

    /** Every field in quotes, every number with a decimal point. */
    static String csv(List<List<String>> rows) {
        return rows.stream().map(row -> row.stream()
                .map(field -> '"' + (NUMBER.matcher(field).matches() ? field : cell(field)).replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(","))).collect(Collectors.joining("\n", "", "\n"));
    }

    static String number(double value) {
        return Double.toString(value);
    }

    /**
     * A spreadsheet takes text that begins like this for a formula, and computes it; and some take a semicolon, wherever
     * it stands, for the end of a field.
     */
    static String cell(String text) {
        String line = text.replaceAll("[\\s\\p{Z}\\p{C}]+", " ").strip();
        return line.replaceAll("(^|[;,|])([ \"']*)([=+\\-@\uFF1D\uFF0B\uFF0D\uFF20])", "$1$2'$3");
    }

    static String json(List<Graded> all) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ArrayNode list = mapper.createArrayNode();
        for (Graded g : all) {
            ObjectNode node = mapper.valueToTree(g);
            node.put("points", g.points()).put("max", g.max()).put("byHand", g.byHand());
            list.add(node);
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(list) + "\n";
    }

    /** JUnit's XML: a suite for each submission, a case for each question, which fails below full points. */
    static void junit(List<Graded> all, OutputStream out) throws IOException {
        try {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out, "UTF-8");
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("testsuites");
            for (Graded g : all) {
                suite(xml, g);
            }
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.flush();
        } catch (XMLStreamException e) {
            throw new IOException(e);
        }
    }

    private static void suite(XMLStreamWriter xml, Graded g) throws XMLStreamException {
        List<Mark> failed = g.marks().stream().filter(Reports::isFailure).toList();
        long skipped = g.marks().stream().filter(m -> m.status() == Status.BY_HAND).count();
        xml.writeCharacters("\n");
        xml.writeStartElement("testsuite");
        xml.writeAttribute("name", valid(g.student() + " " + g.assignment()));
        xml.writeAttribute("tests", Integer.toString(g.marks().size()));
        xml.writeAttribute("failures", Integer.toString(failed.size()));
        xml.writeAttribute("errors", "0");
        xml.writeAttribute("skipped", Long.toString(skipped));
        xml.writeAttribute("time", seconds(g.seconds()));
        for (Mark m : g.marks()) {
            xml.writeCharacters("\n  ");
            xml.writeStartElement("testcase");
            xml.writeAttribute("classname", valid(g.student() + "." + g.assignment()));
            xml.writeAttribute("name", valid(m.gradeId()));
            xml.writeAttribute("time", seconds(m.seconds()));
            if (isFailure(m)) {
                xml.writeStartElement("failure");
                xml.writeAttribute("type", m.status().words());
                xml.writeAttribute("message", Pages.points(m.points()) + " of " + Pages.points(m.max()) + " points");
                xml.writeCharacters(valid(String.join("\n", Stream.concat(m.checks().stream()
                        .filter(c -> !c.passed()).map(c -> c.what() + ": " + c.reason()), m.feedback().stream())
                        .toList())));
                xml.writeEndElement();
            } else if (m.status() == Status.BY_HAND) {
                xml.writeStartElement("skipped");
                xml.writeAttribute("message", m.status().words());
                xml.writeEndElement();
            }
            xml.writeEndElement();
        }
        xml.writeCharacters("\n");
        xml.writeEndElement();
    }

    private static boolean isFailure(Mark mark) {
        return mark.status() != Status.CORRECT && mark.status() != Status.BY_HAND;
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    /** Text without the characters that XML cannot hold at all. */
    private static String valid(String text) {
        return text.replaceAll("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]", "?");
    }
}
