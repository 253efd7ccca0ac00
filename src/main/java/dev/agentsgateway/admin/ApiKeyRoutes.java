package dev.agentsgateway.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.agentsgateway.auth.ApiKey;
import dev.agentsgateway.auth.ApiKeyChange;
import dev.agentsgateway.auth.ApiKeys;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /admin/api-keys}. */
public final class ApiKeyRoutes implements Route.Source {
    private static final Logger LOG = LoggerFactory.getLogger(ApiKeyRoutes.class);
    private static final String TAG = "admin";
    private static final String NOT_FOUND = "API key 7 not found";
    private static final int MAX_SCOPE_LENGTH = 100;
    private static final int MAX_USERS = 1000;

    public record CreateInput(@Body NewKey key) {}

    public record NewKey(
            @Required @Length(max = 255) @Description("A label; need not be unique")
            String name,

            @Length(max = 255) String ownerId,

            @Length(max = 100) @Description("What the key may do; none for everything")
            List<@Length(max = MAX_SCOPE_LENGTH) String> scopes,

            @Default("1000") @Range(min = 0, max = Integer.MAX_VALUE) @Description("Requests per hour; 0 for no limit")
            long rateLimit,

            @Range(min = 0, max = 36_500) @Description("0 for never")
            Long expiresInDays,

            @Length(min = 1, max = 255) @Description("The only tenant for which the key may act; null for all")
            String tenantId,

            @Length(max = MAX_USERS) @Description("The only users for whom the key may act; null or empty for all")
            List<@Length(min = 1, max = 255) String> userIds) {}

    public record ListInput(
            @Query @Description("Only keys of this owner") String ownerId,
            @Query @Default("false") boolean includeInactive) {}

    public record KeyInput(@Path long keyId) {}

    public record UpdateInput(@Path long keyId, @Body Changes changes) {}

    /** Absent and null members leave a key as it is, but null takes a binding to a tenant or users away. */
    public record Changes(
            @Length(max = 255) String name,
            @Length(max = 255) String ownerId,

            @Length(max = 100) @Description("An empty list takes all restrictions away")
            List<@Length(max = MAX_SCOPE_LENGTH) String> scopes,

            @Range(min = 0, max = Integer.MAX_VALUE) Long rateLimit,

            @Range(min = 0, max = 36_500) @Description("From now on; 0 removes the expiry")
            Long expiresInDays,

            Boolean isActive,

            @Length(min = 1, max = 255) @Description("null lets the key act for all tenants")
            String tenantId,

            @Length(max = MAX_USERS) @Description("null or an empty list lets the key act for all users")
            List<@Length(min = 1, max = 255) String> userIds) {}

    public record DeleteInput(
            @Path long keyId,

            @Query @Default("false") @Description("Remove the key instead of deactivating it")
            boolean permanent) {}

    public record CreatedKey(
            int id,
            String name,
            @Description("Shown once") String apiKey,
            String ownerId,
            List<String> scopes,
            Integer rateLimit,
            LocalDateTime expiresAt,
            LocalDateTime createdAt,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only for a key that is bound to a tenant")
            String tenantId,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only for a key that is bound to users")
            List<String> userIds) {}

    public record Key(
            int id,
            String name,
            String ownerId,
            List<String> scopes,
            Integer rateLimit,
            LocalDateTime expiresAt,
            LocalDateTime lastUsedAt,
            LocalDateTime createdAt,
            LocalDateTime updatedAt,
            boolean isActive,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only for a key that is bound to a tenant")
            String tenantId,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Description("Only for a key that is bound to users")
            List<String> userIds) {
        static Key of(ApiKey key) {
            return new Key(
                    key.id(),
                    key.name(),
                    key.ownerId(),
                    key.scopes(),
                    key.rateLimit(),
                    key.expiresAt(),
                    key.lastUsedAt(),
                    key.createdAt(),
                    key.updatedAt(),
                    key.isActive(),
                    key.tenantId(),
                    shown(key.userIds()));
        }
    }

    public record Keys(List<Key> apiKeys, int total) {}

    public record Done(String status, String message) {}

    private final ApiKeys keys;

    public ApiKeyRoutes(ApiKeys keys) {
        this.keys = keys;
    }

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.post("/admin/api-keys", CreateInput.class)
                        .tag(TAG)
                        .summary("Create an API key")
                        .admin()
                        .answers(201, CreatedKey.class)
                        .fails(500, "Failed to create API key")
                        .handle(call -> create(call.input().key())),
                Route.get("/admin/api-keys", ListInput.class)
                        .tag(TAG)
                        .summary("List API keys, newest first")
                        .admin()
                        .answers(200, Keys.class)
                        .fails(500, "Failed to list API keys")
                        .handle(call -> list(call.input())),
                Route.get("/admin/api-keys/{key_id}", KeyInput.class)
                        .tag(TAG)
                        .summary("Get an API key")
                        .admin()
                        .answers(200, Key.class)
                        .fails(404, NOT_FOUND)
                        .handle(call -> get(call.input().keyId())),
                Route.patch("/admin/api-keys/{key_id}", UpdateInput.class)
                        .tag(TAG)
                        .summary("Change an API key")
                        .admin()
                        .answers(200, Key.class)
                        .fails(404, NOT_FOUND)
                        .fails(500, "Failed to update API key")
                        .handle(this::update),
                Route.delete("/admin/api-keys/{key_id}", DeleteInput.class)
                        .tag(TAG)
                        .summary("Deactivate or remove an API key")
                        .admin()
                        .answers(200, Done.class)
                        .fails(404, NOT_FOUND)
                        .fails(500, "Failed to delete API key")
                        .handle(call -> delete(call.input())));
    }

    private Answer create(NewKey wanted) {
        ApiKeys.Created created = orFail(
                "Failed to create API key",
                () -> keys.create(
                        wanted.name(),
                        wanted.ownerId(),
                        wanted.scopes(),
                        Math.toIntExact(wanted.rateLimit()),
                        toInteger(wanted.expiresInDays()),
                        wanted.tenantId(),
                        wanted.userIds()));
        ApiKey key = created.key();
        return Answer.created(new CreatedKey(
                key.id(),
                key.name(),
                created.secret(),
                key.ownerId(),
                wanted.scopes(),
                key.rateLimit(),
                key.expiresAt(),
                key.createdAt(),
                key.tenantId(),
                shown(key.userIds())));
    }

    private Answer list(ListInput input) {
        String owner = input.ownerId() == null || input.ownerId().isEmpty() ? null : input.ownerId();
        List<Key> found = orFail("Failed to list API keys", () -> keys.list(owner, input.includeInactive())).stream()
                .map(Key::of)
                .toList();
        return Answer.ok(new Keys(found, found.size()));
    }

    private Answer get(long id) {
        Optional<ApiKey> found = exists(id) ? keys.get((int) id) : Optional.empty();
        return Answer.ok(Key.of(found.orElseThrow(() -> notFound(id))));
    }

    private Answer update(Call<UpdateInput> call) {
        long id = call.input().keyId();
        Changes wanted = call.input().changes();
        ApiKeyChange change = new ApiKeyChange(
                wanted.name(),
                wanted.ownerId(),
                wanted.scopes(),
                toInteger(wanted.rateLimit()),
                toInteger(wanted.expiresInDays()),
                wanted.isActive(),
                call.body().path("tenant_id").isNull() ? "" : wanted.tenantId(),
                call.body().path("user_ids").isNull() ? List.of() : wanted.userIds());
        Optional<ApiKey> changed =
                exists(id) ? orFail("Failed to update API key", () -> keys.change((int) id, change)) : Optional.empty();
        return Answer.ok(Key.of(changed.orElseThrow(() -> notFound(id))));
    }

    private Answer delete(DeleteInput input) {
        long id = input.keyId();
        boolean done = exists(id)
                && orFail(
                        "Failed to delete API key",
                        () -> input.permanent() ? keys.remove((int) id) : keys.deactivate((int) id));
        if (!done) {
            throw notFound(id);
        }
        String what = input.permanent() ? "permanently deleted" : "deactivated";
        return Answer.ok(new Done("success", "API key " + id + " " + what));
    }

    /** Ids have 32 bits; larger ones belong to nobody. */
    private static boolean exists(long id) {
        return id == (int) id;
    }

    private static HttpException notFound(long id) {
        return HttpException.notFound("API key " + id + " not found");
    }

    private static Integer toInteger(Long number) {
        return number == null ? null : Math.toIntExact(number);
    }

    /** Clients of unbound keys see what they always saw. */
    private static List<String> shown(List<String> userIds) {
        return userIds.isEmpty() ? null : userIds;
    }

    private static <T> T orFail(String detail, Supplier<T> work) {
        try {
            return work.get();
        } catch (DatabaseUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error(detail, e);
            throw new HttpException(500, detail);
        }
    }
}
