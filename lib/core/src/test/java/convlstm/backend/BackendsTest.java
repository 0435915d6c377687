package convlstm.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.reference.ReferenceBackend;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class BackendsTest {
    private final String before = System.getProperty(Backends.PROPERTY);

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(Backends.PROPERTY);
        } else {
            System.setProperty(Backends.PROPERTY, before);
        }
    }

    /** A provider that can be used, unless a reason is given. */
    private record Made(String name, int preference, Optional<String> unusable) implements BackendProvider {
        Made(String name, int preference) {
            this(name, preference, Optional.empty());
        }

        Made(String name, int preference, String unusable) {
            this(name, preference, Optional.of(unusable));
        }

        @Override
        public Backend create() {
            return new ReferenceBackend() {
                @Override
                public String name() {
                    return Made.this.name();
                }
            };
        }
    }

    @Test
    void theReferenceIsAlwaysThere() {
        try (Backend K = Backends.byName("reference")) {
            assertEquals("reference", K.name());
            assertInstanceOf(ReferenceBackend.class, assertInstanceOf(CheckedBackend.class, K).unchecked());
        }
    }

    @Test
    void everyProviderHasANameOfItsOwnAndTheMostPreferredComesFirst() {
        List<BackendProvider> all = Backends.providers();
        assertEquals(all.size(), all.stream().map(BackendProvider::name).distinct().count());
        for (int k = 1; k < all.size(); k++) {
            assertTrue(all.get(k - 1).preference() >= all.get(k).preference(), all.get(k).name());
        }
    }

    @Test
    void bestIsTheMostPreferredThatIsUsable() {
        System.clearProperty(Backends.PROPERTY);
        String expected = Backends.providers().stream()
                .filter(p -> p.unusable().isEmpty())
                .findFirst()
                .orElseThrow()
                .name();
        try (Backend K = Backends.best()) {
            assertEquals(expected, K.name());
        }
        try (Backend K = Backends.best(List.of(new Made("gone", 9, "no such device"), new Made("next", 5)))) {
            assertEquals("next", K.name());
        }
    }

    @Test
    void thePropertyNamesTheBackend() {
        System.setProperty(Backends.PROPERTY, " reference ");
        try (Backend K = Backends.best()) {
            assertEquals("reference", K.name());
        }
    }

    @Test
    void anEmptyPropertyNamesNone() {
        System.setProperty(Backends.PROPERTY, " ");
        try (Backend K = Backends.best(List.of(new Made("only", 1)))) {
            assertEquals("only", K.name());
        }
    }

    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        List<BackendProvider> two = List.of(new Made("simd", 2), new Made("reference", 1));
        var e = assertThrows(IllegalArgumentException.class, () -> Backends.byName("smid", two));
        assertEquals("backend: expected one of simd, reference, got 'smid'. Hint: Backends.report() says which can be "
                + "used here", e.getMessage());
        System.setProperty(Backends.PROPERTY, "smid");
        var fromProperty = assertThrows(IllegalArgumentException.class, Backends::best);
        assertTrue(fromProperty.getMessage().contains("got 'smid'"), fromProperty.getMessage());
    }

    @Test
    void anUnusableOneSaysWhy() {
        List<BackendProvider> one = List.of(new Made("cuda", 9, "no driver. Hint: install one"));
        var byName = assertThrows(IllegalStateException.class, () -> Backends.byName("cuda", one));
        assertEquals("backend cuda cannot be used here: no driver. Hint: install one", byName.getMessage());
        System.clearProperty(Backends.PROPERTY);
        var best = assertThrows(IllegalStateException.class, () -> Backends.best(one));
        assertTrue(best.getMessage().contains("cuda       not usable: no driver"), best.getMessage());
    }

    @Test
    void theReportHasOneLineForEach() {
        assertEquals("""
                cuda       not usable: no driver
                reference  usable""",
                Backends.report(List.of(new Made("cuda", 9, "no driver"), new Made("reference", 0))));
        assertEquals(Backends.providers().size(), Backends.report().lines().count());
        assertTrue(Backends.report().contains("reference  usable"), Backends.report());
    }
}
