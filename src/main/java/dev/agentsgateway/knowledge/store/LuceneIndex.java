package dev.agentsgateway.knowledge.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open Lucene directory, with what its last commit says of itself. Searched by any threads, written by one. */
final class LuceneIndex implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LuceneIndex.class);
    private static final String POSITION = "position";
    /** Raised when documents are made otherwise than before. */
    private static final String SCHEMA = "1";

    private static final int MOST_PROCESSES = 16;
    private static final int MOST_DIMENSIONS = 4096;

    private final Path directory;
    private final Identity identity;
    private final FSDirectory files;
    private final IndexWriter writer;
    private final SearcherManager searchers;
    private volatile long position;

    /** What an index must have been made for. */
    record Identity(String feed, String model, int dimension) {
        Map<String, String> members() {
            return Map.of("schema", SCHEMA, "feed", feed, "model", model, "dimension", Integer.toString(dimension));
        }
    }

    interface Writing {
        void write(IndexWriter writer) throws IOException;
    }

    /** A consistent view; close it. */
    record Reading(SearcherManager searchers, IndexSearcher searcher) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            searchers.release(searcher);
        }
    }

    private LuceneIndex(Path directory, Identity identity) throws IOException {
        this.directory = directory;
        this.identity = identity;
        Files.createDirectories(directory);
        this.files = FSDirectory.open(directory);
        IndexWriter opened = null;
        try {
            opened = new IndexWriter(files, config());
            this.writer = opened;
            this.searchers = new SearcherManager(opened, null);
            Map<String, String> members = new HashMap<>();
            Iterable<Map.Entry<String, String>> said = writer.getLiveCommitData();
            if (said != null) {
                said.forEach(member -> members.put(member.getKey(), member.getValue()));
            }
            String reached = members.remove(POSITION);
            if (reached != null && !members.equals(identity.members())) {
                throw new IOException("it was made for " + members + ", and wanted is " + identity);
            }
            this.position = reached == null ? 0 : Long.parseLong(reached);
        } catch (IOException | RuntimeException e) {
            if (opened != null) {
                opened.rollback();
            }
            files.close();
            throw e;
        }
    }

    /**
     * Opens the first directory that no other process uses, {@code home} or one of its neighbours; what cannot be used is
     * made anew.
     */
    static LuceneIndex open(Path home, Identity identity) {
        for (int i = 1; i <= MOST_PROCESSES; i++) {
            Path directory = i == 1 ? home : home.resolveSibling(home.getFileName() + "-" + i);
            try {
                return open(directory, identity, true);
            } catch (LockObtainFailedException e) {
                LOG.debug("{} is in use", directory);
            } catch (IOException e) {
                throw StoreException.passing("The knowledge index cannot be opened.", new UncheckedIOException(e));
            }
        }
        throw StoreException.passing("The knowledge index cannot be opened: all its directories are in use.", null);
    }

    private static LuceneIndex open(Path directory, Identity identity, boolean again) throws IOException {
        try {
            return new LuceneIndex(directory, identity);
        } catch (LockObtainFailedException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            if (!again) {
                throw e;
            }
            LOG.info("the knowledge index in {} is made anew: {}", directory, e.getMessage());
            delete(directory);
            return open(directory, identity, false);
        }
    }

    private static IndexWriterConfig config() {
        IndexWriterConfig config = new IndexWriterConfig(LuceneFields.analyzer());
        config.setRAMBufferSizeMB(32);
        config.setCodec(new Lucene104Codec() {
            private final KnnVectorsFormat wide = new WideVectors();

            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return wide;
            }
        });
        return config;
    }

    /** Lucene's own format and name; only that of more than 1,024 dimensions is written, too. */
    private static final class WideVectors extends KnnVectorsFormat {
        private final KnnVectorsFormat standard = new Lucene99HnswVectorsFormat();

        WideVectors() {
            super("Lucene99HnswVectorsFormat");
        }

        @Override
        public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
            return standard.fieldsWriter(state);
        }

        @Override
        public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
            return standard.fieldsReader(state);
        }

        @Override
        public int getMaxDimensions(String field) {
            return MOST_DIMENSIONS;
        }
    }

    Path directory() {
        return directory;
    }

    /** The last change that a commit holds, 0 for none. */
    long position() {
        return position;
    }

    /** Whether it can still be written and its files are still there. */
    boolean usable() {
        return writer.isOpen() && Files.isDirectory(directory) && committed();
    }

    private boolean committed() {
        if (position == 0) {
            return true;
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.anyMatch(file -> file.getFileName().toString().startsWith("segments_"));
        } catch (IOException e) {
            return false;
        }
    }

    Reading read() throws IOException {
        return new Reading(searchers, searchers.acquire());
    }

    void writing(Writing work) {
        try {
            work.write(writer);
        } catch (IOException | AlreadyClosedException e) {
            throw StoreException.passing("The knowledge index cannot be written.", e);
        }
    }

    void commit(long reached) {
        writing(open -> {
            Map<String, String> said = new HashMap<>(identity.members());
            said.put(POSITION, Long.toString(reached));
            open.setLiveCommitData(said.entrySet());
            open.commit();
            searchers.maybeRefreshBlocking();
        });
        position = reached;
    }

    /** Closes it and deletes its files. */
    void discard() {
        close();
        try {
            delete(directory);
        } catch (IOException e) {
            LOG.warn("{} could not be deleted: {}", directory, e.getMessage());
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : all.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** What is not committed is lost, and comes again from the feed. */
    @Override
    public void close() {
        try {
            searchers.close();
            writer.rollback();
        } catch (IOException | RuntimeException e) {
            LOG.debug("the knowledge index did not close cleanly", e);
        } finally {
            try {
                files.close();
            } catch (IOException e) {
                LOG.debug("the knowledge index did not close cleanly", e);
            }
        }
    }
}
