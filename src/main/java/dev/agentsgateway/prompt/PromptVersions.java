package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.HttpException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;

/**
 * The rules of prompts' versions and labels. Everything is about active prompts and throws {@link HttpException} 404 for
 * what is not there. Thread-safe.
 */
final class PromptVersions {
    private static final int MOST_LABELS = 100;

    private final Database database;
    private final Prompts prompts;
    private final PromptStore store;
    private final PromptVersionStore versions = new PromptVersionStore();

    PromptVersions(Database database, Prompts prompts, PromptStore store) {
        this.database = database;
        this.prompts = prompts;
        this.store = store;
    }

    /** A template with values in it. */
    record Rendered(String text, List<String> variables, List<String> missing, int version) {}

    /** @param below only versions below this, null for all */
    List<PromptVersion.Summary> list(String id, Integer below, int limit) {
        return of(id, handle -> versions.list(handle, id, below, limit));
    }

    PromptVersion get(String id, int version) {
        return of(id, handle -> find(handle, id, version));
    }

    VersionDiff compare(String id, int from, int to) {
        PromptVersion before = get(id, from);
        return VersionDiff.between(before, get(id, to));
    }

    /** Gives a prompt what it was; a new version, unless it is that already. */
    Prompt restore(String id, int version, Integer keyId) {
        Edit edit = prompts.edit(keyId);
        prompts.catchUp(id);
        try {
            return database.transact(handle -> {
                Prompt prompt = store.lock(handle, id).orElseThrow(() -> PromptRoutes.notFound(id));
                return prompts.replace(handle, prompt, find(handle, id, version).content(), edit);
            });
        } finally {
            prompts.forget(id);
        }
    }

    List<PromptLabel> labels(String id) {
        return of(id, handle -> versions.labels(handle, id));
    }

    PromptLabel label(String id, String label, int version, Integer keyId) {
        Edit edit = prompts.edit(keyId);
        return database.transact(handle -> {
            if (store.lock(handle, id).isEmpty()) {
                throw PromptRoutes.notFound(id);
            }
            PromptVersion named = find(handle, id, version);
            PromptLabel made = versions.label(handle, id, label, named.version(), edit);
            if (versions.countLabels(handle, id) > MOST_LABELS) {
                throw new HttpException(409, "Prompt '" + id + "' has " + MOST_LABELS + " labels already");
            }
            return made;
        });
    }

    void unlabel(String id, String label) {
        if (!of(id, handle -> versions.unlabel(handle, id, label))) {
            throw noLabel(id, label);
        }
    }

    /**
     * @param version null for the label's
     * @param label   null for the current version, when there is no version either
     */
    Rendered render(String id, Map<String, JsonNode> values, Integer version, String label) {
        PromptVersion rendered = of(id, handle -> {
            if (label != null) {
                return versions.labelled(handle, id, label).orElseThrow(() -> noLabel(id, label));
            }
            return find(
                    handle,
                    id,
                    version != null
                            ? version
                            : store.find(handle, id).orElseThrow().version());
        });
        TemplateVariables variables = new TemplateVariables(rendered.template());
        List<String> names = List.copyOf(variables.names());
        List<String> missing =
                names.stream().filter(name -> !values.containsKey(name)).toList();
        return new Rendered(variables.filled(values), names, missing, rendered.version());
    }

    private <T> T of(String id, Function<Handle, T> work) {
        return database.transact(handle -> {
            if (store.find(handle, id).isEmpty()) {
                throw PromptRoutes.notFound(id);
            }
            return work.apply(handle);
        });
    }

    private PromptVersion find(Handle handle, String id, int version) {
        return versions.find(handle, id, version)
                .orElseThrow(() -> HttpException.notFound("Version " + version + " of prompt '" + id + "' not found"));
    }

    private static HttpException noLabel(String id, String label) {
        return HttpException.notFound("Label '" + label + "' of prompt '" + id + "' not found");
    }
}
