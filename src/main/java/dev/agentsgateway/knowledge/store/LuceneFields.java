package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/** Chunks as Lucene's documents, and questions as its queries. */
final class LuceneFields {
    static final String ENTRY = "entry";
    static final String INDEX = "index";
    static final String TEXT = "text";
    static final String METADATA = "metadata";
    static final String VECTOR = "vector";
    private static final String TENANT = "tenant";
    private static final String COLLECTION = "collection";
    private static final String MEMBER = "member";

    /** Words of a question that are looked for; more tell nothing. */
    private static final int MOST_WORDS = 256;

    private static final int MOST_MEMBERS = 1000;
    private static final int LONGEST_TERM = 1000;

    private LuceneFields() {}

    /** For one index. */
    static Analyzer analyzer() {
        return new EnglishAnalyzer();
    }

    static Document document(IndexedChunk chunk) {
        Document document = new Document();
        document.add(new StringField(ENTRY, chunk.entryId().toString(), Field.Store.YES));
        document.add(new StringField(TENANT, term(chunk.tenantId()), Field.Store.NO));
        if (chunk.collectionId() != null) {
            document.add(new StringField(COLLECTION, term(chunk.collectionId()), Field.Store.NO));
        }
        document.add(new StoredField(INDEX, chunk.index()));
        document.add(new TextField(TEXT, chunk.text(), Field.Store.YES));
        document.add(new StoredField(METADATA, chunk.metadata().toString()));
        Set<String> members = new HashSet<>();
        members("", chunk.metadata(), members);
        members.forEach(member -> document.add(new StringField(MEMBER, member, Field.Store.NO)));
        if (chunk.vector() != null) {
            document.add(new KnnFloatVectorField(VECTOR, chunk.vector(), VectorSimilarityFunction.DOT_PRODUCT));
        }
        return document;
    }

    /** Which documents the scope lets be seen. */
    static Query filter(Scope scope) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        confine(all, scope);
        return all.build();
    }

    /** Documents of the scope with some of the words; null when the text has none that are looked for. */
    static Query words(Scope scope, String text) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        Set<String> words = tokens(text);
        if (words.isEmpty()) {
            return null;
        }
        words.forEach(word -> any.add(new TermQuery(new Term(TEXT, word)), Occur.SHOULD));
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        confine(all, scope);
        all.add(any.build(), Occur.MUST);
        return all.build();
    }

    private static void confine(BooleanQuery.Builder all, Scope scope) {
        all.add(new TermQuery(new Term(TENANT, term(scope.tenantId()))), Occur.FILTER);
        if (scope.collectionId() != null) {
            all.add(new TermQuery(new Term(COLLECTION, term(scope.collectionId()))), Occur.FILTER);
        }
        scope.filters().forEach((path, value) -> {
            BooleanQuery.Builder any = new BooleanQuery.Builder();
            if (value.isArray()) {
                value.valueStream()
                        .limit(MOST_WORDS)
                        .forEach(one -> any.add(new TermQuery(new Term(MEMBER, member(path, one))), Occur.SHOULD));
            } else {
                any.add(new TermQuery(new Term(MEMBER, member(path, value))), Occur.SHOULD);
            }
            all.add(any.build(), Occur.FILTER);
        });
    }

    private static Set<String> tokens(String text) {
        Set<String> words = new LinkedHashSet<>();
        try (Analyzer analyzer = analyzer();
                TokenStream tokens = analyzer.tokenStream(TEXT, new StringReader(text))) {
            CharTermAttribute word = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (words.size() < MOST_WORDS && tokens.incrementToken()) {
                words.add(word.toString());
            }
            tokens.end();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return words;
    }

    private static void members(String path, JsonNode value, Set<String> members) {
        if (members.size() >= MOST_MEMBERS) {
            return;
        }
        switch (value) {
            case ObjectNode object ->
                object.properties()
                        .forEach(member -> members(
                                path.isEmpty() ? member.getKey() : path + "." + member.getKey(),
                                member.getValue(),
                                members));
            case JsonNode array when array.isArray() -> array.forEach(one -> members(path, one, members));
            case JsonNode none when none.isNull() -> {}
            default -> members.add(member(path, value));
        }
    }

    /** One term for a member and its value; the number 1 is the number 1.0 and not the text. */
    private static String member(String path, JsonNode value) {
        String canonical = value.isNumber()
                ? "n" + value.decimalValue().stripTrailingZeros().toPlainString()
                : (value.isBoolean() ? "b" : "s") + value.asText();
        return term(path + "\u0000" + canonical);
    }

    /** Lucene's terms are not longer than 32,766 bytes. */
    private static String term(String text) {
        if (text.length() <= LONGEST_TERM) {
            return text;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "\u0000" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
