package convlstm.app.grade;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import convlstm.app.grade.Graded.Mark;
import convlstm.app.grade.Graded.Status;
import convlstm.data.AtomicFile;
import convlstm.notebook.Tables;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The reports of a batch. Each file is written whole or not at all; numbers have a decimal point in every country. */
final class Reports {
    static final List<String> QUESTION_COLUMNS = List.of("student", "assignment", "question", "status", "points");

    private Reports() {}

    /** Writes pages, tables, JSON and JUnit's XML. */
    static void write(List<Graded> all, Path folder) throws IOException {
        for (Graded g : all) {
            AtomicFile.write(folder.resolve(Pages.fileName(g)), Pages.page(g));
        }
        AtomicFile.write(folder.resolve("index.html"), Pages.overview(all));
        AtomicFile.write(folder.resolve("grades.json"), json(all));
        Tables.csv(scores(all), folder.resolve("scores.csv"));
        Tables.csv(questions(all), folder.resolve("questions.csv"));
        AtomicFile.write(folder.resolve("junit.xml"), out -> junit(all, out));
    }

    /** A row for each submission. */
    static Table scores(List<Graded> all) {
        StringColumn student = StringColumn.create("student");
        StringColumn assignment = StringColumn.create("assignment");
        DoubleColumn points = DoubleColumn.create("points");
        DoubleColumn max = DoubleColumn.create("max");
        DoubleColumn byHand = DoubleColumn.create("to grade by hand");
        StringColumn remarks = StringColumn.create("remarks");
        for (Graded g : all) {
            student.append(cell(g.student()));
            assignment.append(g.assignment());
            points.append(g.points());
            max.append(g.max());
            byHand.append(g.byHand());
            remarks.append(cell(String.join(" ", g.remarks())));
        }
        return Table.create("scores", student, assignment, points, max, byHand, remarks);
    }

    /** A row for each question of each submission; points that a person has to give are left empty. */
    static Table questions(List<Graded> all) {
        StringColumn student = StringColumn.create("student");
        StringColumn assignment = StringColumn.create("assignment");
        StringColumn question = StringColumn.create("question");
        StringColumn status = StringColumn.create("status");
        DoubleColumn points = DoubleColumn.create("points");
        DoubleColumn max = DoubleColumn.create("max");
        DoubleColumn seconds = DoubleColumn.create("seconds");
        for (Graded g : all) {
            for (Mark m : g.marks()) {
                student.append(cell(g.student()));
                assignment.append(g.assignment());
                question.append(cell(m.gradeId()));
                status.append(m.status().words());
                if (m.status() == Status.BY_HAND) {
                    points.appendMissing();
                } else {
                    points.append(m.points());
                }
                max.append(m.max());
                seconds.append(Math.round(m.seconds() * 100) / 100.0);
            }
        }
        return Table.create("questions", student, assignment, question, status, points, max, seconds);
    }

    /** A spreadsheet takes text that begins like this for a formula, and computes it. */
    static String cell(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.matches("[=+\\-@].*") ? "'" + line : line;
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
                xml.writeCharacters(valid(String.join("\n", m.feedback())));
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
