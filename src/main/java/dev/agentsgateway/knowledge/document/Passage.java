package dev.agentsgateway.knowledge.document;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Sections that may share a chunk: a page or a row alone, all others that follow each other. */
final class Passage {
    private final List<Section> sections;
    private final String text;
    private final Atoms atoms;

    /** For each section its first atom. */
    private final int[] firsts;

    private Passage(List<Section> sections, Atoms.Reader reader) {
        this.sections = sections;
        this.firsts = new int[sections.size()];
        StringBuilder all = new StringBuilder();
        int[] offsets = new int[sections.size()];
        for (int i = 0; i < offsets.length; i++) {
            all.append(i == 0 ? "" : "\n\n");
            offsets[i] = all.length();
            all.append(sections.get(i).text());
        }
        text = all.toString();
        atoms = reader.read(text);
        int atom = 0;
        for (int i = 0; i < offsets.length; i++) {
            while (atom < atoms.size() && atoms.start(atom) < offsets[i]) {
                atom++;
            }
            firsts[i] = atom;
        }
    }

    static List<Passage> of(ExtractedDocument document, Atoms.Reader reader) {
        List<Passage> passages = new ArrayList<>();
        List<Section> together = new ArrayList<>();
        for (Section section : document.sections()) {
            if (standsAlone(section)) {
                flush(together, reader, passages);
                passages.add(new Passage(List.of(section), reader));
            } else {
                together.add(section);
            }
        }
        flush(together, reader, passages);
        return passages;
    }

    Atoms atoms() {
        return atoms;
    }

    /** The text of the atoms from {@code from} to before {@code to}. */
    String text(int from, int to) {
        return text.substring(atoms.start(from), atoms.end(to - 1));
    }

    /** The metadata of the section that an atom is in. */
    Map<String, Object> metadata(int atom) {
        int found = Arrays.binarySearch(firsts, atom);
        return sections.get(found >= 0 ? found : -found - 2).metadata();
    }

    /**
     * Where a section ends behind an atom, for the first one that leaves at least so many tokens on both sides; the end
     * of the passage when there is none.
     */
    int sectionEnd(int from, int least) {
        int found = Arrays.binarySearch(firsts, from);
        for (int i = found >= 0 ? found + 1 : -found - 1; i < firsts.length; i++) {
            if (atoms.tokens(from, firsts[i]) >= least) {
                return atoms.tokens(firsts[i], atoms.size()) >= least ? firsts[i] : atoms.size();
            }
        }
        return atoms.size();
    }

    boolean beginsSection(int atom) {
        return Arrays.binarySearch(firsts, atom) >= 0;
    }

    private static void flush(List<Section> together, Atoms.Reader reader, List<Passage> passages) {
        if (!together.isEmpty()) {
            passages.add(new Passage(List.copyOf(together), reader));
            together.clear();
        }
    }

    private static boolean standsAlone(Section section) {
        return section.metadata().containsKey("page") || section.metadata().containsKey("row_number");
    }
}
