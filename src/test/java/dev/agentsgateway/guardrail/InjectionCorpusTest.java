package dev.agentsgateway.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * How well injections are told from harmless messages: on the part of the corpus that the rules were made with, and on
 * the part that was held out. The page {@code docs/guardrails.md} shows these figures.
 */
class InjectionCorpusTest {
    private static final Path CORPUS = Path.of("src/test/resources/guardrails");

    /** What the reference looks for (agents-teams.md, 11.1). */
    private static final List<String> REFERENCE = List.of(
            "ignore previous instructions",
            "ignore your instructions",
            "you are now a",
            "forget everything above",
            "developer mode",
            "override safety",
            "disregard guidelines",
            "system prompt",
            "jailbreak",
            "act as if",
            "pretend you are",
            "roleplay as",
            "simulate being",
            "bypass restrictions",
            "ignore safeguards",
            "admin override",
            "root access",
            "forget everything");

    private final InjectionDetector detector = InjectionDetector.load();

    private record Figures(List<String> missed, List<String> wronglyRefused, int harmful, int harmless) {
        private int found() {
            return harmful - missed.size();
        }

        double recall() {
            return (double) found() / harmful;
        }

        double precision() {
            return (double) found() / (found() + wronglyRefused.size());
        }

        String row(String name) {
            return String.format(
                    Locale.ROOT,
                    "| %s | %d of %d | %d of %d | %.3f | %.3f |",
                    name,
                    found(),
                    harmful,
                    wronglyRefused.size(),
                    harmless,
                    precision(),
                    recall());
        }
    }

    private static List<String> part(String file, String part) throws IOException {
        List<String> lines = new ArrayList<>();
        boolean inPart = false;
        for (String line : Files.readAllLines(CORPUS.resolve(file))) {
            if (line.startsWith("# ")) {
                inPart = line.equals("# " + part);
            } else if (inPart && !line.isBlank()) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static Figures measure(String part, Predicate<String> refuses) throws IOException {
        List<String> harmful = part("harmful.txt", part);
        List<String> harmless = part("harmless.txt", part);
        return new Figures(
                harmful.stream().filter(refuses.negate()).toList(),
                harmless.stream().filter(refuses).toList(),
                harmful.size(),
                harmless.size());
    }

    private static boolean reference(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return REFERENCE.stream().anyMatch(lower::contains);
    }

    @Test
    void theCorpusIsLargeAndSaysNothingTwice() throws IOException {
        List<String> harmless = new ArrayList<>(part("harmless.txt", "development"));
        harmless.addAll(part("harmless.txt", "held-out"));
        List<String> harmful = new ArrayList<>(part("harmful.txt", "development"));
        harmful.addAll(part("harmful.txt", "held-out"));
        assertThat(harmless)
                .hasSizeGreaterThanOrEqualTo(300)
                .doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(harmful);
        assertThat(harmful).hasSizeGreaterThanOrEqualTo(200).doesNotHaveDuplicates();
    }

    @Test
    void thePageTellsTheFiguresAndTheyAreGood() throws IOException {
        Figures development = measure("development", detector::detects);
        Figures heldOut = measure("held-out", detector::detects);
        String table = String.join(
                "\n",
                development.row("rules, development"),
                heldOut.row("rules, held out"),
                measure("development", InjectionCorpusTest::reference).row("substrings, development"),
                measure("held-out", InjectionCorpusTest::reference).row("substrings, held out"));
        System.out.println(table);
        // On purpose not of the part held out: whoever reads them tunes on them.
        System.out.println("missed: " + development.missed() + "\nwrongly refused: " + development.wronglyRefused());
        assertThat(development.recall()).as("recall").isGreaterThanOrEqualTo(0.95);
        assertThat(development.precision()).as("precision").isGreaterThanOrEqualTo(0.97);
        assertThat(heldOut.recall()).as("recall").isGreaterThanOrEqualTo(0.8);
        assertThat(heldOut.precision()).as("precision").isGreaterThanOrEqualTo(0.95);
        assertThat(Files.readString(Path.of("docs", "guardrails.md"))).contains(table);
    }
}
