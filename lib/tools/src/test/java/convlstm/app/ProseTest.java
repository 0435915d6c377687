package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A measured number in the prose of a notebook, or in the text beside a picture, which is written by hand as well, stands
 * in one of its stored outputs, rounded. Looked at are numbers with a decimal point or with thousands; formulas, code,
 * tables and folded answers have numbers of their own. Not looked at are 07, 08 and 12, most of whose numbers are settings
 * or other people's, and 10, whose times change.
 */
class ProseTest {
    private static final Pattern OWN = Pattern
            .compile(
                    "(?s)\\[CC BY 4\\.0]\\([^)]*\\)|```.*?```|`[^`]*`|\\$\\$.*?\\$\\$|\\$[^$]*\\$|<details>.*?</details>"
                            + "|\\]\\([^)]*\\)|(?m)^\\|[^\\n]*");
    private static final Pattern QUOTED = Pattern
            .compile(
                    "(?<![\\w.,^-])(\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+\\.\\d+)(?:e(-?\\d+))?(?![\\w.]*\\w)(?: (billion|million))?");
    private static final Pattern ALT = Pattern.compile("alt=\"([^\"]*)\"");
    private static final Pattern NUMBER = Pattern.compile("-?\\d[\\d,]*(?:\\.\\d+)?(?:[eE]-?\\d+)?");

    @TestFactory
    Stream<DynamicTest> aMeasuredNumberStandsInAnOutput() throws IOException {
        Path folder = Checkout.here().notebooks();
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("(0[0-69]|11)-.*\\.ipynb")).sorted()
                    .toList()
                    .stream().map(file -> DynamicTest.dynamicTest(file.getFileName().toString(),
                            () -> assertEquals(List.of(), strangers(new ObjectMapper().readTree(file.toFile())),
                                    "numbers that no output of the notebook has. Hint: let the cell above print them")));
        }
    }

    @Test
    void aNumberThatNoOutputHasIsFound() throws IOException {
        String notebook = """
                {"cells": [{"cell_type": "markdown", "source": ["About 0.32 of 1,200, or 1.34 billion; `0.5` is code, 2.7 is wrong."]},
                 {"cell_type": "code", "source": [], "outputs": [{"text": ["0.3164 of 1,200\\n1342242816"]}]}]}""";
        assertEquals(List.of("2.7"), strangers(new ObjectMapper().readTree(notebook)));
        assertTrue(strangers(new ObjectMapper().readTree(notebook.replace("2.7 is wrong", "right"))).isEmpty());
    }

    @Test
    void anAlternativeTextIsProseAndNoOutput() throws IOException {
        String notebook = """
                {"cells": [{"cell_type": "markdown", "source": ["About 0.3."]}, {"cell_type": "code", "source": [],
                 "outputs": [{"data": {"text/html": "<img alt=\\"0.3 and 4.5\\" src=\\"data:base64,2.7\\"> 4.51"}}]}]}""";
        assertEquals(List.of("0.3", "0.3"), strangers(new ObjectMapper().readTree(notebook)));
    }

    private static List<String> strangers(JsonNode notebook) {
        StringBuilder outputs = new StringBuilder();
        StringBuilder prose = new StringBuilder();
        for (JsonNode cell : notebook.path("cells")) {
            if (cell.path("cell_type").asText().equals("markdown")) {
                prose.append(text(cell.path("source"))).append('\n');
            }
            for (JsonNode output : cell.path("outputs")) {
                String html = text(output.path("data").path("text/html"));
                ALT.matcher(html).results().forEach(alt -> prose.append(alt.group(1)).append('\n'));
                outputs.append(text(output.path("text"))).append('\n')
                        .append(html.replaceAll(ALT.pattern() + "|srcdoc=\"[^\"]*\"|base64,[^\"]*", "")).append('\n');
            }
        }
        List<BigDecimal> measured = NUMBER.matcher(outputs).results()
                .map(m -> new BigDecimal(m.group().replace(",", ""))).toList();
        List<String> unknown = new ArrayList<>();
        for (MatchResult quoted : QUOTED.matcher(OWN.matcher(prose).replaceAll(" ")).results().toList()) {
            BigDecimal value = new BigDecimal(quoted.group(1).replace(",", ""));
            int power = (quoted.group(2) == null ? 0 : Integer.parseInt(quoted.group(2)))
                    + (quoted.group(3) == null ? 0 : quoted.group(3).equals("billion") ? 9 : 6);
            boolean known = measured.stream().anyMatch(m -> m.abs().movePointLeft(power)
                    .setScale(value.scale(), RoundingMode.HALF_UP).compareTo(value) == 0);
            if (!known) {
                unknown.add(quoted.group().strip());
            }
        }
        return unknown;
    }

    private static String text(JsonNode lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line.asText()));
        return lines.isTextual() ? lines.asText() : text.toString();
    }
}
