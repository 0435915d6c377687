package convlstm.course;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Padding;
import convlstm.check.Jacobian;
import convlstm.course.StateExplorer.Operator;
import convlstm.layer.Cell;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.ConvLstm2dCell;
import convlstm.layer.Hybrid;
import convlstm.layer.Recurrent;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page shows what the layers compute, and does so when clicked. */
class StateExplorerTest {
    private static final int PIXELS = StateExplorer.PIXELS;
    private static final int SIZE = StateExplorer.SIZE;
    private static final int STEPS = StateExplorer.STEPS;
    private static final Pattern NUMBERS = Pattern.compile("id=\"numbers\">(.*?)</script>", Pattern.DOTALL);
    private static final Pattern PICTURE = Pattern.compile("base64,[^\"]*\"");
    private static Backend K;
    private static String page;
    private static JsonNode data;

    @BeforeAll
    static void make() throws IOException {
        K = Backends.byName("reference");
        page = StateExplorer.page(K);
        data = numbers(page);
    }

    @AfterAll
    static void close() {
        K.close();
    }

    private static JsonNode numbers(String html) throws IOException {
        Matcher numbers = NUMBERS.matcher(html);
        assertTrue(numbers.find(), "the page has numbers");
        return new ObjectMapper().readTree(numbers.group(1));
    }

    private static byte[] bytes(int operator, String name) {
        return Base64.getDecoder().decode(data.path("operators").path(operator).path(name).asText());
    }

    /** The stored value of a quantity (i, f, g, o, c, h) at a step, counted from 0. */
    private static float[] values(int operator, int t, int quantity) {
        ByteBuffer all = ByteBuffer.wrap(bytes(operator, "values")).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[PIXELS];
        for (int p = 0; p < PIXELS; p++) {
            values[p] = (float) (all.getShort(2 * ((6 * t + quantity) * PIXELS + p)) * StateExplorer.UNIT);
        }
        return values;
    }

    /** The stored Jacobian of step t, counted from 1, with zeros where nothing is stored. */
    private static byte[] codes(int operator, int t, int back) {
        byte[] all = bytes(operator, "jacobian");
        int at = 0;
        for (int step = 1; step <= STEPS; step++) {
            for (int b = 1; b <= step; b++) {
                byte[] codes = new byte[PIXELS * PIXELS];
                int reach = b * StateExplorer.OPERATORS.get(operator).radius();
                for (int k = 0; k < codes.length; k++) {
                    int p = k / PIXELS;
                    int q = k % PIXELS;
                    boolean near = Math.max(Math.abs(p / SIZE - q / SIZE), Math.abs(p % SIZE - q % SIZE)) <= reach;
                    codes[k] = near ? all[at++] : 0;
                }
                if (step == t && b == back) {
                    return codes;
                }
            }
        }
        throw new AssertionError("no such step");
    }

    private static double decoded(byte code) {
        double size = Math.pow(10, ((code & 127) - 127) / StateExplorer.CODES);
        return code == 0 ? 0 : code < 0 ? -size : size;
    }

    /** Equal but for the rounding of a code, and exactly 0 where, and only where, the number is. */
    private static void assertCodes(float[] expected, byte[] codes, String what) {
        assertEquals(expected.length, codes.length, what);
        double smallest = Math.pow(10, -126 / StateExplorer.CODES);
        for (int k = 0; k < expected.length; k++) {
            double stored = decoded(codes[k]);
            assertEquals(Math.signum(expected[k]), Math.signum(stored), what + ", number " + k);
            if (Math.abs(expected[k]) > smallest) {
                assertEquals(1, stored / expected[k], 0.08, what + ", number " + k + ": " + expected[k]);
            }
        }
    }

    /** Equal but for the rounding of a unit; less than half a unit is stored as one, since 0 stands for exactly 0. */
    private static void assertValues(Tensor expected, float[] stored, String what) {
        float[] values = K.toArray(expected);
        for (int k = 0; k < stored.length; k++) {
            assertEquals(Math.signum(values[k]), Math.signum(stored[k]), what + ", number " + k);
            boolean tiny = Math.abs(values[k]) < StateExplorer.UNIT / 2;
            assertEquals(values[k], stored[k], (tiny ? 1 : 0.51) * StateExplorer.UNIT + 1e-6, what + ", number " + k);
        }
    }

    /** Gate by gate, and for the convolutions by the layer that everybody has: same seed, same weights, same numbers. */
    @Test
    void theConvolutionsAreConvLstm2ds() {
        for (int k = 0; k < 3; k++) {
            int size = 2 * k + 1;
            ConvLstm2d layer = new ConvLstm2d(1, 3).padding(Padding.SAME).recurrentKernelSize(size, size)
                    .build(K, Shape.of(STEPS, SIZE, SIZE, 1), 4);
            List<Cell.Step> steps = new ConvLstm2dCell(K, layer).forward(StateExplorer.input(K));
            for (int t = 0; t < STEPS; t++) {
                Cell.Step step = steps.get(t);
                List<Tensor> all = List.of(step.i(), step.f(), step.g(), step.o(), step.c(), step.h());
                for (int quantity = 0; quantity < all.size(); quantity++) {
                    assertValues(all.get(quantity), values(k, t, quantity),
                            size + "x" + size + ", step " + t + ", " + "ifgoch".charAt(quantity));
                }
            }
        }
    }

    @Test
    void stepsWeightsAndJacobiansAreTheLayers() {
        for (int k = 0; k < StateExplorer.OPERATORS.size(); k++) {
            Operator operator = StateExplorer.OPERATORS.get(k);
            Hybrid layer = StateExplorer.layer(K, operator);
            assertCodes(K.toArray(layer.parameter("recurrent_kernel").value()), bytes(k, "weights"),
                    operator.name() + ", U");
            Recurrent.State state = new Recurrent.State(K.allocate(Shape.of(1, SIZE, SIZE, 1)),
                    K.allocate(Shape.of(1, SIZE, SIZE, 1)));
            for (int t = 1; t <= STEPS; t++) {
                Tensor x_t = StateExplorer.input(K).range(t - 1, t);
                Jacobian jacobian = Jacobian.ofState(K, layer, x_t, state.h(), state.c());
                assertCodes(jacobian.matrix().values(), codes(k, t, 1), operator.name() + ", Jacobian of step " + t);
                layer.forward(x_t, state, false);
                state = new Recurrent.State(K.tensor(state.h().shape(), K.toArray(layer.finalH())),
                        K.tensor(state.c().shape(), K.toArray(layer.finalC())));
                assertValues(state.h(), values(k, t - 1, 5), operator.name() + ", h of step " + t);
                assertValues(state.c(), values(k, t - 1, 4), operator.name() + ", c of step " + t);
            }
        }
    }

    /** Over several steps: as far as h_5 moves when one pixel of h_2 does. */
    @Test
    void farJacobiansAreSlopes() {
        for (int k = 0; k < StateExplorer.OPERATORS.size(); k++) {
            Hybrid layer = StateExplorer.layer(K, StateExplorer.OPERATORS.get(k));
            Tensor x = StateExplorer.input(K);
            layer.forward(x.range(0, 2), false);
            float[] h = K.toArray(layer.finalH());
            Tensor c = K.tensor(Shape.of(1, SIZE, SIZE, 1), K.toArray(layer.finalC()));
            byte[] codes = codes(k, 5, 3);
            int from = 4 * SIZE + 3;
            float[][] moved = new float[2][];
            for (int side = 0; side < 2; side++) {
                float[] start = h.clone();
                start[from] += side == 0 ? -0.05f : 0.05f;
                moved[side] = K.toArray(layer.forward(x.range(2, 5),
                        new Recurrent.State(K.tensor(c.shape(), start), c), false)).clone();
            }
            double largest = IntStream.range(0, PIXELS).mapToDouble(p -> Math.abs(decoded(codes[p * PIXELS + from])))
                    .max().orElseThrow();
            for (int p = 0; p < PIXELS; p++) {
                assertEquals((moved[1][p] - moved[0][p]) / 0.1, decoded(codes[p * PIXELS + from]), 0.1 * largest,
                        StateExplorer.OPERATORS.get(k).name() + ", pixel " + p);
            }
        }
    }

    @Test
    void isSmallAndNeedsNoNetwork() {
        assertTrue(page.length() < 500_000, "bytes: " + page.length());
        assertFalse(PICTURE.matcher(page).replaceAll("").matches("(?s).*(https?:|src=\"[^d\"]|@import|url\\().*"),
                "nothing is fetched");
        assertTrue(page.matches("(?s).*<noscript>.*<img alt=\"[^\"]{80,}.*</noscript>.*"),
                "a picture where no script runs");
        String cell = StateExplorer.cell(K);
        assertTrue(cell.contains("<img alt=\"") && cell.contains("<iframe title=\""), "a picture where no frame is");
    }

    /** What is stored in notebook 00 is this page: the same text, and numbers that differ by a rounding at most. */
    @Test
    void notebook00HasThisPage() throws IOException {
        StringBuilder outputs = new StringBuilder();
        for (JsonNode cell : new ObjectMapper().readTree(Path.of("notebooks/00-start-here.ipynb").toFile())
                .path("cells")) {
            cell.path("outputs").forEach(output -> output.path("data").path("text/html")
                    .forEach(line -> outputs.append(line.asText())));
        }
        String stored = framed(outputs);
        String hint = "Hint: mvn -q -Drun=refresh -Dnotebooks=00-start";
        assertEquals(text(framed(StateExplorer.cell(K))), text(stored), hint);
        JsonNode then = numbers(stored);
        for (int k = 0; k < StateExplorer.OPERATORS.size(); k++) {
            for (String name : List.of("weights", "jacobian")) {
                byte[] a = bytes(k, name);
                byte[] b = Base64.getDecoder().decode(then.path("operators").path(k).path(name).asText());
                assertEquals(a.length, b.length, hint);
                for (int at = 0; at < a.length; at++) {
                    assertTrue(Math.abs(a[at] - b[at]) <= 1, name + ", number " + at + ". " + hint);
                }
            }
        }
    }

    private static String framed(CharSequence cell) {
        Matcher frame = Pattern.compile("srcdoc=\"([^\"]*)\"").matcher(cell);
        assertTrue(frame.find(), "the page in a frame");
        return frame.group(1).replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    }

    private static String text(String html) {
        return PICTURE.matcher(NUMBERS.matcher(html).replaceAll("")).replaceAll("");
    }

    // ---- in a browser

    /** Clicks and keys, and after each what the page tells those who cannot see it. */
    @Test
    void answersClicksAndKeys(@TempDir Path folder) throws Exception {
        Optional<Path> browser = Stream.of("chromium", "chromium-browser", "google-chrome", "chrome")
                .flatMap(name -> Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .map(bin -> Path.of(bin, name)))
                .filter(Files::isExecutable).findFirst();
        assumeTrue(browser.isPresent(), "no Chromium on the PATH");
        Path file = folder.resolve("page.html");
        Files.writeString(file, page.replace("</body>",
                """
                        <script>
                        const said = [], say = () => said.push($('live').textContent + ' | ' + $('answer').textContent);
                        const pick = (group, value) => { document.querySelector(`#${group} input[value="${value}"]`).click(); say() };
                        const key = name => $('now').dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
                        say();
                        pick('steps', 5);
                        pick('back', 2);
                        pick('operators', 3);
                        pick('operators', 0);
                        pick('operators', 2);
                        key('ArrowUp'); key('ArrowLeft'); say();
                        const box = $('now').getBoundingClientRect();
                        $('now').dispatchEvent(new PointerEvent('pointerdown', {clientX: box.left + 1, clientY: box.bottom - 1}));
                        say();
                        key('ArrowDown'); say();
                        document.body.innerHTML = '<pre id="said"></pre>';
                        $('said').textContent = said.join('\\n');
                        </script>
                        </body>"""));
        Process process = new ProcessBuilder(browser.get().toString(), "--headless", "--no-sandbox", "--disable-gpu",
                "--user-data-dir=" + folder.resolve("profile"), "--dump-dom", file.toUri().toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String dom = new String(process.getInputStream().readAllBytes());
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the browser ends");
        Matcher said = Pattern.compile("<pre id=\"said\">(.*?)</pre>", Pattern.DOTALL).matcher(dom);
        assertTrue(said.find(), "the script ran to its end: " + dom.substring(0, Math.min(500, dom.length())));
        assertEquals(String.join("\n", said(1, 4, 1, 4, 4, 9), said(1, 5, 1, 4, 4, 9), said(1, 5, 2, 4, 4, 25),
                said(3, 5, 2, 4, 4, 81), said(0, 5, 2, 4, 4, 1), said(2, 5, 2, 4, 4, 81), said(2, 5, 2, 3, 3, 64),
                said(2, 5, 2, 8, 0, 25), said(2, 5, 2, 8, 0, 25)), said.group(1));
    }

    private static String said(int operator, int t, int back, int row, int column, int pixels) {
        float h = values(operator, t - 1, 5)[row * SIZE + column];
        return String.format(Locale.ROOT,
                "%s, step %d, row %d, column %d: h is %s%.3f, and depends on %d of 81 pixels %d %s"
                        + " back. | %d of 81 pixels%s",
                StateExplorer.OPERATORS.get(operator).name(), t, row, column,
                h < 0 ? "−" : "", Math.abs(h), pixels, back, back == 1 ? "step" : "steps", pixels,
                pixels == 81 ? ", all there are." : pixels == 1 ? ": itself alone." : ", those around its own place.");
    }
}
