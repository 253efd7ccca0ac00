package dev.agentsgateway.knowledge.document;

import dev.agentsgateway.knowledge.embedding.Embedder;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts documents into pieces that an embedding model can take in: where a paragraph ends, else a sentence, else a line,
 * else a word. A piece repeats the end of the one before it in the same section. Pages and rows are never put together;
 * other sections are when they are short. Takes time in proportion to the text. Thread-safe.
 */
public final class Chunker {
    public static final int TARGET_TOKENS = 200;
    public static final int OVERLAP_TOKENS = 40;

    private final Embedder embedder;
    private final int target;
    private final int overlap;

    /** With {@value #TARGET_TOKENS} tokens, {@value #OVERLAP_TOKENS} of them repeated. */
    public Chunker(Embedder embedder) {
        this(embedder, TARGET_TOKENS, OVERLAP_TOKENS);
    }

    /**
     * @param targetTokens  most tokens of a chunk, cut to what the model takes in; at least 8
     * @param overlapTokens most tokens that a chunk repeats of the one before; less than a quarter of the target
     */
    public Chunker(Embedder embedder, int targetTokens, int overlapTokens) {
        this.embedder = embedder;
        this.target = Math.min(targetTokens, embedder.maxTokens());
        this.overlap = overlapTokens;
        if (target < 8 || overlap < 0 || overlap * 4 >= target) {
            throw new IllegalArgumentException("chunks of " + target + " tokens cannot overlap by " + overlap);
        }
    }

    /** The pieces in the document's order; at least one, as no document is without text. */
    public List<Chunk> chunk(ExtractedDocument document) {
        List<Chunk> chunks = new ArrayList<>();
        for (Passage passage : Passage.of(document, new Atoms.Reader(embedder, target / 4))) {
            cut(passage, chunks);
        }
        return chunks;
    }

    private void cut(Passage passage, List<Chunk> chunks) {
        int from = 0;
        while (from < passage.atoms().size()) {
            int to = end(passage, from);
            int tokens = tokens(passage, from, to);
            while (tokens > target && to > from + 1) {
                tokens = tokens(passage, from, --to);
            }
            chunks.add(new Chunk(chunks.size(), passage.text(from, to), tokens, passage.metadata(from)));
            from = to == passage.atoms().size() || passage.beginsSection(to) ? to : start(passage.atoms(), from, to);
        }
    }

    /** Tokens of words add up; those of the pieces of a word need not. */
    private int tokens(Passage passage, int from, int to) {
        Atoms atoms = passage.atoms();
        for (int at = from + 1; at < to; at++) {
            if (atoms.start(at) == atoms.end(at - 1)) {
                return embedder.countTokens(passage.text(from, to));
            }
        }
        return (int) atoms.tokens(from, to);
    }

    /** The atom before which a chunk that begins with {@code from} ends. */
    private int end(Passage passage, int from) {
        Atoms atoms = passage.atoms();
        int sectionEnd = passage.sectionEnd(from, target / 4);
        long rest = atoms.tokens(from, sectionEnd);
        if (rest <= target) {
            return sectionEnd;
        }
        // What is too long for one and too short for two is halved, so that no small piece remains.
        long most = rest * 2 < target * 3L ? (rest + overlap + 1) / 2 : target;
        int end = from + 1;
        byte best = -1;
        for (int to = end; to < sectionEnd && atoms.tokens(from, to) <= most; to++) {
            byte rank = atoms.tokens(from, to) * 2 >= most ? atoms.rank(to) : -1;
            if (rank >= best) {
                best = rank;
                end = to;
            }
        }
        return end;
    }

    /** The atom with which the chunk behind one that ended before {@code end} begins: of a sentence, else a word. */
    private int start(Atoms atoms, int previous, int end) {
        int start = end;
        int best = Atoms.WORD;
        for (int at = end - 1; at > previous && atoms.tokens(at, end) <= overlap; at--) {
            int rank = Math.min(atoms.rank(at), Atoms.SENTENCE);
            if (rank >= best) {
                best = rank;
                start = at;
            }
        }
        return start;
    }
}
