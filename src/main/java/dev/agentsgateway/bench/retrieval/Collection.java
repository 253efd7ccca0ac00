package dev.agentsgateway.bench.retrieval;

import dev.agentsgateway.knowledge.document.Chunker;
import dev.agentsgateway.knowledge.document.Documents;
import dev.agentsgateway.knowledge.embedding.Embedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Manual pages as documents, and questions that are put to them: the description of a page, which is not in its document.
 *
 * @param documents in the order in which they are to be indexed
 * @param questions half of them for development, see {@link Question#development}
 * @param chunks    that the documents make
 * @param seconds   that reading and cutting them took, on one thread
 */
public record Collection(List<Document> documents, List<Question> questions, int chunks, double seconds) {
    private static final int SHORTEST = 400;
    /** A handful of books would be half of the chunks. */
    private static final int LONGEST = 60_000;

    private static final int FEWEST_WORDS = 4;

    /** @param file HTML */
    public record Document(
            String name, String section, Path file, Set<String> names, String description, Set<String> related) {}

    /**
     * A description of a page.
     *
     * @param item        the page
     * @param related     by name what else fits: 2 when both pages name each other under SEE ALSO, 1 when one names the other
     * @param development whether it may be looked at while the search is being tuned
     */
    public record Question(String text, String item, Map<String, Integer> related, boolean development) {}

    /**
     * Takes pages until they make so many chunks.
     *
     * @param work where the documents are written
     */
    static Collection of(ManPages pages, Embedder embedder, int mostChunks, int mostQuestions, Path work)
            throws IOException {
        Documents reader = new Documents();
        Chunker chunker = new Chunker(embedder);
        List<Document> documents = new ArrayList<>();
        Set<String> texts = new HashSet<>();
        int chunks = 0;
        long nanos = 0;
        for (Path source : pages.files()) {
            ManPage page = ManPages.read(source).orElse(null);
            if (page == null
                    || page.characters() < SHORTEST
                    || page.characters() > LONGEST
                    || !texts.add(page.html())) {
                continue;
            }
            Path file = Files.writeString(work.resolve(documents.size() + ".html"), page.html());
            long start = System.nanoTime();
            int more = chunker.chunk(reader.read(file, file.getFileName().toString(), "text/html"))
                    .size();
            nanos += System.nanoTime() - start;
            if (chunks + more > mostChunks) {
                break;
            }
            chunks += more;
            String section = page.name().replaceAll(".*\\((\\d).*", "$1");
            documents.add(new Document(page.name(), section, file, page.names(), page.description(), page.related()));
        }
        return new Collection(List.copyOf(documents), questions(documents, mostQuestions), chunks, nanos / 1e9);
    }

    /** Descriptions of at least four words that one page only has, the sections in turn. */
    private static List<Question> questions(List<Document> documents, int most) {
        Map<String, Long> uses = documents.stream()
                .collect(Collectors.groupingBy(
                        document -> document.description().toLowerCase(Locale.ROOT), Collectors.counting()));
        Map<String, String> named = new HashMap<>();
        documents.forEach(document -> document.names().forEach(name -> named.putIfAbsent(name, document.name())));
        Map<String, Set<String>> links = new HashMap<>();
        for (Document document : documents) {
            links.put(
                    document.name(),
                    document.related().stream()
                            .map(named::get)
                            .filter(other -> other != null && !other.equals(document.name()))
                            .collect(Collectors.toSet()));
        }
        Map<String, List<Document>> sections = new TreeMap<>();
        documents.stream()
                .filter(document -> document.description().split("\\s+").length >= FEWEST_WORDS)
                .filter(document -> uses.get(document.description().toLowerCase(Locale.ROOT)) == 1)
                .forEach(document -> sections.computeIfAbsent(document.section(), _ -> new ArrayList<>())
                        .add(document));
        List<Question> questions = new ArrayList<>();
        for (Document document : ManPages.inTurn(List.copyOf(sections.values()))) {
            if (questions.size() < most) {
                questions.add(new Question(
                        document.description(),
                        document.name(),
                        related(document.name(), links),
                        Character.digit(
                                                ManPages.order("half " + document.name())
                                                        .charAt(0),
                                                16)
                                        % 2
                                == 0));
            }
        }
        return List.copyOf(questions);
    }

    private static Map<String, Integer> related(String name, Map<String, Set<String>> links) {
        Map<String, Integer> grades = new LinkedHashMap<>();
        links.get(name).forEach(other -> grades.merge(other, 1, Integer::sum));
        links.forEach((other, named) -> {
            if (named.contains(name)) {
                grades.merge(other, 1, Integer::sum);
            }
        });
        return grades;
    }

    /** How many documents there are of each section of the manual. */
    public Map<String, Long> sections() {
        return documents.stream()
                .collect(Collectors.groupingBy(Document::section, TreeMap::new, Collectors.counting()));
    }

    /** How many questions there are of each section of the manual. */
    public Map<String, Long> questionsBySection() {
        Map<String, String> sections = documents.stream().collect(Collectors.toMap(Document::name, Document::section));
        return questions.stream()
                .collect(Collectors.groupingBy(
                        question -> sections.get(question.item()), TreeMap::new, Collectors.counting()));
    }
}
