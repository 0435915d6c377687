package convlstm.data;

import static convlstm.data.Samples.assertRefused;
import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigitsTest {
    @TempDir
    Path folder;

    @Test
    void theShippedDigitsAreBalancedWholeAndDistinct() throws IOException {
        Set<Integer> pictures = new HashSet<>();
        for (Digits digits : new Digits[] {Digits.train(), Digits.heldOut()}) {
            int[] perDigit = new int[10];
            for (int n = 0; n < digits.count(); n++) {
                perDigit[digits.labels()[n]]++;
                HostArray picture = digits.images().at(n);
                pictures.add(picture.hashCode());
                float ink = 0;
                float most = 0;
                for (float v : picture.values()) {
                    assertTrue(v >= 0 && v <= 1, "in [0, 1]");
                    ink += v;
                    most = Math.max(most, v);
                }
                assertTrue(ink > 10 && ink < 400 && most > .8f, "a digit, not an empty picture: " + ink + ", " + most);
            }
            int[] even = new int[10];
            Arrays.fill(even, digits.count() / 10);
            assertArrayEquals(even, perDigit);
        }
        assertEquals(Shape.of(500, 28, 28), Digits.train().images().shape());
        assertEquals(Shape.of(200, 28, 28), Digits.heldOut().images().shape());
        assertEquals(700, pictures.size(), "no picture twice");
    }

    @Test
    void aChangedFileIsRefused() throws IOException {
        copyData();
        assertEquals(500, Digits.shipped(folder, Digits.TRAIN).count());
        for (String part : new String[] {Digits.IMAGES, Digits.LABELS}) {
            Path file = folder.resolve(Digits.TRAIN + part);
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 4;
            Files.write(file, bytes);
            assertRefused(() -> Digits.shipped(folder, Digits.TRAIN), Digits.TRAIN + part, "SHA-256", "git checkout");
            bytes[bytes.length / 2] ^= 4;
            Files.write(file, bytes);
        }
        Files.writeString(folder.resolve(Shipped.CHECKSUMS), "");
        assertRefused(() -> Digits.shipped(folder, Digits.TRAIN), "SHA-256");
        Files.delete(folder.resolve(Digits.TRAIN + Digits.IMAGES));
        assertThrows(NoSuchFileException.class, () -> Digits.shipped(folder, Digits.TRAIN));
    }

    private void copyData() throws IOException {
        for (String part : new String[] {
            Digits.TRAIN + Digits.IMAGES, Digits.TRAIN + Digits.LABELS, Shipped.CHECKSUMS
        }) {
            Files.copy(Samples.dataFolder().resolve(part), folder.resolve(part));
        }
    }

    @Test
    void theRecipePicksTheFirstOfEachDigit() throws IOException {
        unpack(Digits.TRAIN + Digits.IMAGES, "train-images-idx3-ubyte");
        unpack(Digits.TRAIN + Digits.LABELS, "train-labels-idx1-ubyte");
        DigitsRecipe.pick(folder, "train", 3, folder, "picked");
        Digits picked = Digits.read(folder.resolve("picked" + Digits.IMAGES), folder.resolve("picked" + Digits.LABELS));
        Digits all = Digits.train();
        int[] seen = new int[10];
        int n = 0;
        for (int i = 0; i < all.count(); i++) {
            if (seen[all.labels()[i]]++ < 3) {
                assertEquals(all.labels()[i], picked.labels()[n]);
                assertEquals(all.images().at(i), picked.images().at(n));
                n++;
            }
        }
        assertEquals(30, picked.count());
    }

    @Test
    void mnistIsMnistOrRefused() throws IOException {
        IOException e = assertThrows(NoSuchFileException.class, () -> Digits.mnist(folder, true));
        assertTrue(e.getMessage().contains("train-images-idx3-ubyte") && e.getMessage().contains("data/README.md"),
                e.getMessage());
        Files.createFile(folder.resolve("t10k-images-idx3-ubyte"));
        assertRefused(() -> Digits.mnist(folder, false), "SHA-256", "original MNIST");
    }

    @Test
    void theRecipeRefusesWhatIsNotMnist() throws IOException {
        for (String set : new String[] {"train", "t10k"}) {
            Files.createFile(folder.resolve(set + "-images-idx3-ubyte"));
            Files.createFile(folder.resolve(set + "-labels-idx1-ubyte"));
        }
        assertRefused(() -> DigitsRecipe.make(folder, folder), "SHA-256", "original MNIST");
    }

    private void unpack(String from, String to) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(Samples.dataFolder().resolve(from)))) {
            Files.copy(in, folder.resolve(to));
        }
    }

    @Test
    void filesThatDoNotBelongTogetherAreRefused() throws IOException {
        Path images = folder.resolve("images");
        Path labels = folder.resolve("labels");
        Idx.write(images, HostArray.zeros(3, 4, 4));
        Idx.write(labels, HostArray.zeros(2));
        assertRefused(() -> Digits.read(images, labels), "labels of shape (3)", "(2)");
        assertRefused(() -> Digits.read(labels, images), "swapped");
        Idx.write(images, HostArray.zeros(3, 4, 5));
        assertRefused(() -> Digits.read(images, labels), "(N, S, S)", "(3, 4, 5)");
    }

    @Test
    void shrinkingTakesTheMeanOfTheArea() {
        Digits digits = new Digits(new HostArray(Shape.of(1, 4, 4), new float[] {
            1, 0, .5f, .5f, //
            0, 1, .5f, .5f, //
            0, 0, 1, 1, //
            0, 0, 0, 1
        }), new int[] {3});
        assertArrayEquals(new float[] {.5f, .5f, 0, .75f}, digits.shrink(2).images().values());
        assertArrayEquals(new float[] {7 / 16f}, digits.shrink(1).images().values());
        // Of 4 pixels 3: the first new one covers 4/3 old ones, 1 and a third of the next.
        assertEquals((1 + 0 + 0 + 1 / 9f) / (16 / 9f), digits.shrink(3).images().values()[0], 1e-6f);
        assertEquals(digits, digits.shrink(4));
        assertSays(assertThrows(IllegalArgumentException.class, () -> digits.shrink(5)), "newSize", "1 to 4", "5");
    }

    @Test
    void wrongArgumentsAreNamed() {
        HostArray images = HostArray.zeros(2, 4, 4);
        assertSays(assertThrows(IllegalArgumentException.class, () -> new Digits(images, new int[1])), "labels", "1");
        assertSays(assertThrows(IllegalArgumentException.class,
                () -> new Digits(HostArray.zeros(2, 4, 4, 1), new int[2])), "images", "(2, 4, 4, 1)");
    }
}
