package dev.agentsgateway.app;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.outbound.OutboundGuard;
import dev.agentsgateway.knowledge.DocumentRoutes;
import dev.agentsgateway.knowledge.Indexer;
import dev.agentsgateway.knowledge.Indexing;
import dev.agentsgateway.knowledge.Knowledge;
import dev.agentsgateway.knowledge.KnowledgeConfig;
import dev.agentsgateway.knowledge.KnowledgeRoutes;
import dev.agentsgateway.knowledge.Retrieval;
import dev.agentsgateway.knowledge.SearchTool;
import dev.agentsgateway.knowledge.Sources;
import dev.agentsgateway.knowledge.document.Documents;
import dev.agentsgateway.knowledge.embedding.Embedder;
import dev.agentsgateway.knowledge.embedding.Embedders;
import dev.agentsgateway.knowledge.embedding.EmbeddingConfig;
import dev.agentsgateway.knowledge.source.FetchedFile;
import dev.agentsgateway.knowledge.source.Fetcher;
import dev.agentsgateway.knowledge.source.GcsObjects;
import dev.agentsgateway.knowledge.source.SourceLimits;
import dev.agentsgateway.knowledge.store.ChangeFeedStore;
import dev.agentsgateway.knowledge.store.LuceneStore;
import dev.agentsgateway.knowledge.store.QdrantStore;
import dev.agentsgateway.knowledge.store.VectorStore;
import dev.agentsgateway.model.ModelConfig;
import dev.agentsgateway.model.ModelHttp;
import java.net.URI;
import java.time.Clock;
import java.util.Map;

/** Everything that knowledge is made of, wired by hand. Nothing is loaded, opened or connected to before it is needed. */
final class KnowledgeParts implements AutoCloseable {
    private final Config config;
    private final ModelHttp embedding;
    private final Embedder embedder;
    private final VectorStore store;
    private final Knowledge knowledge;
    private final Retrieval retrieval;
    private final Indexer indexer;
    private Fetcher fetcher;
    private GcsObjects objects;

    KnowledgeParts(Config config, Database database, Clock clock) {
        this.config = config;
        KnowledgeConfig settings = config.knowledge();
        Map<String, String> variables = config.variables();
        EmbeddingConfig embedding = EmbeddingConfig.of(variables);
        this.embedding = embedding.provider() == EmbeddingConfig.Provider.LOCAL
                ? null
                : new ModelHttp(ModelHttp.Settings.DEFAULT);
        this.embedder = Embedders.from(embedding, ModelConfig.of(variables), this.embedding);
        boolean remote = settings.qdrant() != null;
        this.store = remote
                ? new QdrantStore(settings.qdrant(), database, embedder.model(), embedder.dimension())
                : new LuceneStore(config.dataDir().resolve("lucene"), database, embedder.model(), embedder.dimension());
        this.knowledge = new Knowledge(database, clock, remote);
        this.retrieval = new Retrieval(store, embedder, new ChangeFeedStore(database));
        Indexing indexing = new Indexing(
                database,
                knowledge,
                new Sources(database, this::fetch, this::download),
                new Documents(),
                embedder,
                store,
                settings.indexer(),
                clock,
                remote);
        this.indexer = new Indexer(database, settings.indexer(), indexing);
    }

    /** The clients are made when the first document comes from elsewhere. */
    private FetchedFile fetch(URI uri) {
        Fetcher made;
        synchronized (this) {
            if (fetcher == null) {
                fetcher = new Fetcher(OutboundGuard.of(config.variables()), SourceLimits.of(config.variables()));
            }
            made = fetcher;
        }
        return made.fetch(uri);
    }

    private FetchedFile download(String gcsPath) {
        GcsObjects made;
        synchronized (this) {
            if (objects == null) {
                objects = new GcsObjects(config.variables(), SourceLimits.of(config.variables()));
            }
            made = objects;
        }
        return made.download(gcsPath);
    }

    void start() {
        store.start();
        indexer.start();
    }

    KnowledgeRoutes entries() {
        return new KnowledgeRoutes(knowledge);
    }

    DocumentRoutes documents() {
        return new DocumentRoutes(knowledge, retrieval, config.knowledge().maxFileBytes());
    }

    SearchTool tool() {
        return new SearchTool(retrieval);
    }

    /** One line for people. */
    String description() {
        return store.description() + "; embeddings by " + embedder.model();
    }

    @Override
    public synchronized void close() {
        indexer.close();
        store.close();
        if (fetcher != null) {
            fetcher.close();
        }
        if (objects != null) {
            objects.close();
        }
        if (embedding != null) {
            embedding.close();
        }
    }
}
