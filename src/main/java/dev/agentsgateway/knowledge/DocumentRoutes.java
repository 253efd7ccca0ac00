package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Header;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Multipart;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.TenantId;
import dev.agentsgateway.knowledge.embedding.EmbeddingException;
import dev.agentsgateway.knowledge.store.Scope;
import dev.agentsgateway.knowledge.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** {@code /v2/knowledge}: documents that clients upload, searches, indexing anew and figures. */
public final class DocumentRoutes implements Route.Source {
    private static final String NONE = "-";
    private static final int MOST_FILES = 20;
    private static final int LONGEST_FIELD = 64 << 10;
    private static final String BUSY = "The knowledge index is being built. Try again.";

    private final Knowledge knowledge;
    private final Retrieval retrieval;
    private final int maxBytes;

    /** @param maxBytes of one upload, with all its files */
    public DocumentRoutes(Knowledge knowledge, Retrieval retrieval, int maxBytes) {
        this.knowledge = knowledge;
        this.retrieval = retrieval;
        this.maxBytes = maxBytes;
    }

    record UploadInput(
            @Path @TenantId @Length(max = 255) String tenantId,

            @Path @Length(max = 255) @Description("- for none")
            String collectionId,

            @Query
            @Length(min = 1, max = 500)
            @Description("Of a raw body; a multipart body's files have names of their own")
            String filename,

            @Query @Description("A UUID; a new one by default")
            String fileId,

            @Query @Description("company or project; by default project within a collection, else company")
            String fileType,

            @Query @Description("A JSON object, copied to every chunk")
            String metadata,

            @Header("content-type") @Length(max = 200) String contentType) {}

    record Uploaded(
            String id,
            String tenantId,
            String collectionId,
            String fileId,
            String originalFilename,
            String status,
            String knowledgeStatus,
            String createdAt,
            String updatedAt,
            String message,
            Long size,

            @Description("Whether the same bytes were there already: this is their entry, and nothing was added")
            boolean duplicate) {
        static Uploaded of(Knowledge.Added added) {
            Entry entry = added.entry();
            return new Uploaded(
                    entry.id(),
                    entry.tenantId(),
                    entry.collectionId(),
                    entry.fileId(),
                    entry.originalFilename(),
                    entry.status(),
                    entry.knowledgeStatus(),
                    entry.createdAt(),
                    entry.updatedAt(),
                    added.duplicate()
                            ? "The same document is in the knowledge base already."
                            : KnowledgeRoutes.message(entry.collectionId()),
                    entry.size(),
                    added.duplicate());
        }
    }

    /** What a multipart upload is answered. */
    record Uploads(List<Uploaded> documents) {}

    record Search(
            @Required @Length(min = 1, max = 8000) String query,
            @Default("10") @Range(min = 1, max = 100) int limit,

            @Description("Metadata that passages must have: member to value, or to an array of which one must be equal")
            ObjectNode filters,

            @Default("\"hybrid\"") Retrieval.Mode mode) {}

    record SearchInput(
            @Path @TenantId @Length(max = 255) String tenantId,

            @Path @Length(max = 255) @Description("- for all of the tenant's")
            String collectionId,

            @Body Search body) {}

    record StatisticsInput(
            @Path @TenantId @Length(max = 255) String tenantId,

            @Path @Length(max = 255) @Description("- for all of the tenant's")
            String collectionId) {}

    @Override
    public List<Route<?>> routes() {
        String collection = "/v2/knowledge/{tenant_id}/{collection_id}";
        return List.of(
                Route.post(collection + "/documents", UploadInput.class)
                        .tag(KnowledgeRoutes.TAG)
                        .summary("Upload a document and have it indexed; a form of files answers a list of documents")
                        .scope(KnowledgeRoutes.WRITE)
                        .rawBody(maxBytes)
                        .answers(201, Uploaded.class)
                        .answers(200, Uploaded.class)
                        .fails(400, FileIds.INVALID)
                        .fails(400, KnowledgeRoutes.BAD_FILE_TYPE)
                        .fails(409, KnowledgeRoutes.TAKEN)
                        .handle(this::upload),
                Route.post(collection + "/search", SearchInput.class)
                        .tag(KnowledgeRoutes.TAG)
                        .summary("Search the passages of a collection's documents, or of all of the tenant's")
                        .scope(KnowledgeRoutes.READ)
                        .answers(200, Retrieval.Found.class)
                        .fails(503, BUSY)
                        .handle(this::search),
                Route.get(collection + "/statistics", StatisticsInput.class)
                        .tag(KnowledgeRoutes.TAG)
                        .summary("Count the entries and chunks of a collection, or of all of the tenant's")
                        .scope(KnowledgeRoutes.READ)
                        .answers(200, EntryStore.Counts.class)
                        .handle(call -> Answer.ok(knowledge.counts(
                                call.input().tenantId(), named(call.input().collectionId())))),
                reindexes(Route.post(
                                "/v2/knowledge/{tenant_id}/files/{file_id}/reindex", KnowledgeRoutes.TenantOne.class))
                        .handle(call -> reindex(
                                call.input().tenantId(), null, call.input().fileId())),
                reindexes(Route.post(collection + "/files/{file_id}/reindex", KnowledgeRoutes.CollectionOne.class))
                        .handle(call -> reindex(
                                call.input().tenantId(),
                                call.input().collectionId(),
                                call.input().fileId())));
    }

    private static <I> Route.Builder<I> reindexes(Route.Builder<I> route) {
        return route.tag(KnowledgeRoutes.TAG)
                .summary("Fetch and index an entry's document anew; what is indexed is found until then")
                .scope(KnowledgeRoutes.WRITE)
                .answers(202, Entry.class)
                .fails(400, FileIds.INVALID)
                .fails(404, KnowledgeRoutes.NOT_FOUND);
    }

    private static String named(String collection) {
        return collection.equals(NONE) ? null : collection;
    }

    private Answer upload(Call<UploadInput> call) throws IOException {
        UploadInput input = call.input();
        Form form = new Form(input.fileId(), input.fileType(), input.metadata());
        List<Upload> files = new ArrayList<>();
        try {
            boolean many = Multipart.accepts(input.contentType());
            if (many) {
                receive(new Multipart(call.content(), input.contentType()), files, form);
            } else {
                if (input.filename() == null) {
                    throw HttpException.invalidValue(List.of("query", "filename"), "a raw body needs a filename", null);
                }
                files.add(Upload.receive(call.content(), input.filename(), ownType(input.contentType())));
            }
            List<Knowledge.Added> added = add(input, files, form);
            boolean nothingNew = added.stream().allMatch(Knowledge.Added::duplicate);
            List<Uploaded> documents = added.stream().map(Uploaded::of).toList();
            return new Answer.Json(
                    nothingNew ? 200 : 201, many ? new Uploads(documents) : documents.getFirst(), Map.of());
        } finally {
            files.forEach(Upload::close);
        }
    }

    /** What curl says when it is told nothing is nothing. */
    private static String ownType(String contentType) {
        boolean form = contentType != null
                && contentType.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
        return form ? null : contentType;
    }

    /** The fields beside the files. */
    private static final class Form {
        private final Map<String, String> fields = new HashMap<>();

        Form(String fileId, String fileType, String metadata) {
            fields.put("file_id", fileId);
            fields.put("file_type", fileType);
            fields.put("metadata", metadata);
        }

        UUID fileId() {
            String given = fields.get("file_id");
            return given == null ? null : FileIds.parse(given);
        }

        String fileType() {
            String given = fields.get("file_type");
            if (given != null && !given.equals(Knowledge.COMPANY) && !given.equals(Knowledge.PROJECT)) {
                throw new HttpException(400, KnowledgeRoutes.BAD_FILE_TYPE);
            }
            return given;
        }

        ObjectNode metadata() {
            String given = fields.get("metadata");
            if (given == null) {
                return null;
            }
            try {
                if (Json.read(given.replace("\\u0000", "")) instanceof ObjectNode object) {
                    return object;
                }
            } catch (IllegalArgumentException e) {
                // Told below.
            }
            throw HttpException.invalidValue(List.of("query", "metadata"), "metadata must be a JSON object", given);
        }
    }

    private static void receive(Multipart body, List<Upload> files, Form form) throws IOException {
        for (Multipart.Part part = body.next(); part != null; part = body.next()) {
            if (part.filename() == null) {
                byte[] value = part.body().readNBytes(LONGEST_FIELD + 1);
                if (value.length > LONGEST_FIELD) {
                    throw new HttpException(400, "The field '" + part.name() + "' is too long.");
                }
                form.fields.put(part.name(), new String(value, StandardCharsets.UTF_8));
                continue;
            }
            if (files.size() == MOST_FILES) {
                throw new HttpException(400, "A request has at most " + MOST_FILES + " files.");
            }
            String name = part.filename().substring(part.filename().lastIndexOf('/') + 1);
            if (name.isEmpty() || name.length() > 500) {
                throw new HttpException(400, "A file has no name, or one of more than 500 characters.");
            }
            files.add(Upload.receive(part.body(), name, part.contentType()));
        }
        if (files.isEmpty()) {
            throw HttpException.invalidValue(List.of("body"), "the form has no file", null);
        }
    }

    private List<Knowledge.Added> add(UploadInput input, List<Upload> files, Form form) {
        String collection = named(input.collectionId());
        UUID fileId = form.fileId();
        String fileType = form.fileType();
        ObjectNode metadata = form.metadata();
        if (fileId != null && files.size() > 1) {
            throw HttpException.invalidValue(List.of("query", "file_id"), "several files cannot have one id", null);
        }
        for (Upload file : files) {
            if (file.size() == 0) {
                throw HttpException.invalidValue(List.of("body"), "the document is empty", null);
            }
        }
        List<Knowledge.Added> added = new ArrayList<>();
        for (Upload file : files) {
            added.add(knowledge
                    .add(
                            input.tenantId(),
                            collection,
                            file,
                            Knowledge.content(collection, file, fileId, fileType, metadata))
                    .orElseThrow(() -> KnowledgeRoutes.taken(String.valueOf(fileId), input.tenantId())));
        }
        return added;
    }

    private Answer search(Call<SearchInput> call) throws InterruptedException {
        Search body = call.input().body();
        if (body.query().isBlank()) {
            throw HttpException.invalidValue(List.of("body", "query"), "the query is blank", body.query());
        }
        Scope scope;
        try {
            scope = Scope.of(call.input().tenantId(), named(call.input().collectionId()), body.filters());
        } catch (IllegalArgumentException e) {
            throw HttpException.invalidValue(List.of("body", "filters"), e.getMessage(), null);
        }
        try {
            return Answer.ok(
                    retrieval.search(new Retrieval.Question(scope, body.query().strip(), body.limit(), body.mode())));
        } catch (StoreException | EmbeddingException e) {
            throw new HttpException(503, e.getMessage(), Map.of("retry-after", "2"));
        }
    }

    private Answer reindex(String tenant, String collection, String fileId) {
        Entry entry = knowledge
                .reindex(tenant, collection, FileIds.parse(fileId))
                .orElseThrow(() -> KnowledgeRoutes.notFound(fileId));
        return new Answer.Json(202, entry, Map.of());
    }
}
