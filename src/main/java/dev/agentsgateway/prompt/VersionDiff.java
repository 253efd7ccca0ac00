package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import com.github.difflib.patch.AbstractDelta;
import com.github.difflib.patch.ChangeDelta;
import com.github.difflib.patch.Chunk;
import com.github.difflib.patch.Patch;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Description;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What differs between two versions of a prompt. */
record VersionDiff(
        int from,
        int to,

        @Description("Members that differ, with both values; of the template see diff")
        Map<String, Change> changed,

        @Description(
                "The templates' lines in the unified format, with three lines of context; empty when they are equal")
        String diff,

        int linesAdded,
        int linesRemoved) {
    private static final int CONTEXT = 3;

    /** The algorithm that joins what was replaced takes memory by the square; above this another one is used. */
    private static final int MOST_LINES = 1000;

    /** Comparing takes time by the product; above this all lines count as replaced. */
    private static final long LARGEST_PRODUCT = 25_000_000;

    record Change(JsonNode from, JsonNode to) {}

    static VersionDiff between(PromptVersion from, PromptVersion to) {
        Map<String, Change> changed = new LinkedHashMap<>();
        compare("name", from.name(), to.name(), changed);
        compare("description", from.description(), to.description(), changed);
        compare("tags", from.tags(), to.tags(), changed);
        compare("tools", from.tools(), to.tools(), changed);
        List<String> before = List.of(from.template().split("\n", -1));
        List<String> after = List.of(to.template().split("\n", -1));
        Patch<String> patch = patch(before, after);
        List<String> lines = UnifiedDiffUtils.generateUnifiedDiff(
                "version " + from.version(), "version " + to.version(), before, patch, CONTEXT);
        int added = 0;
        int removed = 0;
        for (AbstractDelta<String> delta : patch.getDeltas()) {
            added += delta.getTarget().size();
            removed += delta.getSource().size();
        }
        return new VersionDiff(from.version(), to.version(), changed, String.join("\n", lines), added, removed);
    }

    private static Patch<String> patch(List<String> before, List<String> after) {
        if (before.size() + after.size() <= MOST_LINES) {
            return DiffUtils.diff(before, after);
        }
        if ((long) before.size() * after.size() <= LARGEST_PRODUCT) {
            return DiffUtils.diff(before, after, new MyersDiffWithLinearSpace<>());
        }
        Patch<String> patch = new Patch<>();
        if (!before.equals(after)) {
            patch.addDelta(new ChangeDelta<>(new Chunk<>(0, before), new Chunk<>(0, after)));
        }
        return patch;
    }

    private static void compare(String member, Object from, Object to, Map<String, Change> changed) {
        JsonNode before = Json.MAPPER.valueToTree(from);
        JsonNode after = Json.MAPPER.valueToTree(to);
        if (!before.equals(after)) {
            changed.put(member, new Change(before, after));
        }
    }
}
