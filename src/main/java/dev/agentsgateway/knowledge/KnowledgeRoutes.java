package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.TenantId;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** {@code /v2/knowledge}: the entries of tenants and of their collections. */
public final class KnowledgeRoutes implements Route.Source {
    static final String TAG = "knowledge";
    static final String READ = "knowledge:read";
    static final String WRITE = "knowledge:write";
    static final String NOT_FOUND = "Knowledge entry not found for file_id {file_id}";
    static final String TAKEN = "Knowledge entry with file_id {file_id} already exists for tenant {tenant_id}";
    static final String BAD_FILE_TYPE = "file_type must be either 'company' or 'project'";
    private static final String NOTHING = "No valid fields provided for update";

    private final Knowledge knowledge;

    public KnowledgeRoutes(Knowledge knowledge) {
        this.knowledge = knowledge;
    }

    enum Status {
        PENDING,
        PROCESSING,
        ACTIVE,
        FAILED,
        DELETED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    enum KnowledgeStatus {
        INDEXING,
        INDEXED,
        FAILED,
        OUTDATED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    record Create(
            @Required @Description("A UUID") String fileId,

            @Required @Length(max = 500) @Description("A name, or the http or https address to fetch")
            String originalFilename,

            @Required @Description("company or project") String fileType,

            @Length(max = 200) String contentType,

            @Length(max = 1000) @Description("gs://bucket/object or bucket/object")
            String gcsPath,

            @Default("\"active\"") Status status,

            @Description("Copied to every chunk, for filters of searches")
            ObjectNode metadata) {}

    record Change(Status status, KnowledgeStatus knowledgeStatus, ObjectNode metadata) {}

    record Created(
            String id,
            String tenantId,
            String collectionId,
            String fileId,
            String status,
            String knowledgeStatus,
            String createdAt,
            String updatedAt,
            String message) {
        static Created of(Entry entry) {
            return new Created(
                    entry.id(),
                    entry.tenantId(),
                    entry.collectionId(),
                    entry.fileId(),
                    entry.status(),
                    entry.knowledgeStatus(),
                    entry.createdAt(),
                    entry.updatedAt(),
                    KnowledgeRoutes.message(entry.collectionId()));
        }
    }

    static String message(String collection) {
        return "File added to " + (collection == null ? "tenant" : "collection")
                + " knowledge base. Knowledge indexing is processing asynchronously.";
    }

    record Pagination(
            long total,
            int limit,
            long offset,
            @JsonProperty("has_more") boolean hasMore) {}

    record Files(List<Entry> files, Pagination pagination) {}

    record TenantCreate(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Body Create body) {}

    record CollectionCreate(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path @Length(max = 255) String collectionId,
            @Body Create body) {}

    record TenantList(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Query @Default("50") @Range(min = 1, max = 100) int limit,
            @Query @Default("0") @Range(min = 0) long offset) {}

    record CollectionList(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path @Length(max = 255) String collectionId,
            @Query @Default("50") @Range(min = 1, max = 100) int limit,
            @Query @Default("0") @Range(min = 0) long offset) {}

    record TenantOne(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path String fileId) {}

    record CollectionOne(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path @Length(max = 255) String collectionId,
            @Path String fileId) {}

    record TenantChange(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path String fileId,
            @Body Change body) {}

    record CollectionChange(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path @Length(max = 255) String collectionId,
            @Path String fileId,
            @Body Change body) {}

    record TenantDelete(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path String fileId,
            @Query @Default("false") boolean hardDelete) {}

    record CollectionDelete(
            @Path @TenantId @Length(max = 255) String tenantId,
            @Path @Length(max = 255) String collectionId,
            @Path String fileId,
            @Query @Default("false") boolean hardDelete) {}

    @Override
    public List<Route<?>> routes() {
        String tenant = "/v2/knowledge/{tenant_id}";
        String collection = "/v2/knowledge/{tenant_id}/{collection_id}";
        return List.of(
                creates(Route.post(tenant, TenantCreate.class), "a tenant")
                        .handle(call -> create(
                                call.input().tenantId(), null, call.input().body())),
                creates(Route.post(collection, CollectionCreate.class), "a collection")
                        .handle(call -> create(
                                call.input().tenantId(),
                                call.input().collectionId(),
                                call.input().body())),
                lists(Route.get(tenant, TenantList.class), "a tenant that are in no collection")
                        .handle(call -> list(
                                call.input().tenantId(),
                                null,
                                call.input().limit(),
                                call.input().offset())),
                lists(Route.get(collection, CollectionList.class), "a collection")
                        .handle(call -> list(
                                call.input().tenantId(),
                                call.input().collectionId(),
                                call.input().limit(),
                                call.input().offset())),
                gets(Route.get(tenant + "/files/{file_id}", TenantOne.class), "a tenant")
                        .handle(call ->
                                get(call.input().tenantId(), null, call.input().fileId())),
                gets(Route.get(collection + "/files/{file_id}", CollectionOne.class), "a collection")
                        .handle(call -> get(
                                call.input().tenantId(),
                                call.input().collectionId(),
                                call.input().fileId())),
                changes(Route.patch(tenant + "/files/{file_id}", TenantChange.class), "a tenant")
                        .handle(call -> change(
                                call.input().tenantId(),
                                null,
                                call.input().fileId(),
                                call.input().body())),
                changes(Route.patch(collection + "/files/{file_id}", CollectionChange.class), "a collection")
                        .handle(call -> change(
                                call.input().tenantId(),
                                call.input().collectionId(),
                                call.input().fileId(),
                                call.input().body())),
                deletes(Route.delete(tenant + "/files/{file_id}", TenantDelete.class), "a tenant")
                        .handle(call -> delete(
                                call.input().tenantId(),
                                null,
                                call.input().fileId(),
                                call.input().hardDelete())),
                deletes(Route.delete(collection + "/files/{file_id}", CollectionDelete.class), "a collection")
                        .handle(call -> delete(
                                call.input().tenantId(),
                                call.input().collectionId(),
                                call.input().fileId(),
                                call.input().hardDelete())));
    }

    private static <I> Route.Builder<I> creates(Route.Builder<I> route, String of) {
        return route.tag(TAG)
                .summary("Add a document to the knowledge of " + of + ", and index it in the background")
                .scope(WRITE)
                .answers(201, Created.class)
                .fails(400, FileIds.INVALID)
                .fails(400, BAD_FILE_TYPE)
                .fails(409, TAKEN);
    }

    private static <I> Route.Builder<I> lists(Route.Builder<I> route, String of) {
        return route.tag(TAG)
                .summary("List the entries of " + of + ", newest first")
                .scope(READ)
                .answers(200, Files.class);
    }

    private static <I> Route.Builder<I> gets(Route.Builder<I> route, String of) {
        return one(route).summary("Get an entry of " + of).scope(READ).answers(200, Entry.class);
    }

    private static <I> Route.Builder<I> changes(Route.Builder<I> route, String of) {
        return one(route)
                .summary("Change an entry of " + of + "; its chunks follow")
                .scope(WRITE)
                .answers(200, Entry.class)
                .fails(400, NOTHING);
    }

    private static <I> Route.Builder<I> deletes(Route.Builder<I> route, String of) {
        return one(route)
                .summary("Delete an entry of " + of + " and what is indexed of it")
                .scope(WRITE)
                .answers(204, Void.class);
    }

    private static <I> Route.Builder<I> one(Route.Builder<I> route) {
        return route.tag(TAG).fails(400, FileIds.INVALID).fails(404, NOT_FOUND);
    }

    private Answer create(String tenant, String collection, Create body) {
        UUID fileId = FileIds.parse(body.fileId());
        if (!body.fileType().equals(Knowledge.COMPANY) && !body.fileType().equals(Knowledge.PROJECT)) {
            throw new HttpException(400, BAD_FILE_TYPE);
        }
        EntryStore.Content content = new EntryStore.Content(
                fileId,
                body.originalFilename(),
                body.fileType(),
                body.contentType(),
                body.gcsPath(),
                body.status().word(),
                body.metadata());
        return knowledge
                .create(tenant, collection, content)
                .map(entry -> Answer.created(Created.of(entry)))
                .orElseThrow(() -> taken(body.fileId(), tenant));
    }

    static HttpException taken(String fileId, String tenant) {
        return new HttpException(409, TAKEN.replace("{file_id}", fileId).replace("{tenant_id}", tenant));
    }

    private Answer list(String tenant, String collection, int limit, long offset) {
        EntryStore.Listed listed = knowledge.list(tenant, collection, limit, offset);
        boolean more = listed.total() - limit > offset;
        return Answer.ok(new Files(listed.entries(), new Pagination(listed.total(), limit, offset, more)));
    }

    private Answer get(String tenant, String collection, String fileId) {
        return Answer.ok(
                knowledge.find(tenant, collection, FileIds.parse(fileId)).orElseThrow(() -> notFound(fileId)));
    }

    private Answer change(String tenant, String collection, String fileId, Change body) {
        UUID id = FileIds.parse(fileId);
        if (body.status() == null && body.knowledgeStatus() == null && body.metadata() == null) {
            throw new HttpException(400, NOTHING);
        }
        return Answer.ok(knowledge
                .change(
                        tenant,
                        collection,
                        id,
                        body.status() == null ? null : body.status().word(),
                        body.knowledgeStatus() == null
                                ? null
                                : body.knowledgeStatus().word(),
                        body.metadata())
                .orElseThrow(() -> notFound(fileId)));
    }

    private Answer delete(String tenant, String collection, String fileId, boolean hard) {
        if (!knowledge.delete(tenant, collection, FileIds.parse(fileId), hard)) {
            throw notFound(fileId);
        }
        return Answer.noContent();
    }

    static HttpException notFound(String fileId) {
        return HttpException.notFound(NOT_FOUND.replace("{file_id}", fileId));
    }
}
