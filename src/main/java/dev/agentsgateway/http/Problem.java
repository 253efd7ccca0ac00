package dev.agentsgateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * One thing that is wrong with a request, in the vocabulary of pydantic 2.
 *
 * @param type  machine code, for example {@code string_too_long}
 * @param loc   {@code body}, {@code query}, {@code path} or {@code header}, then member names and list indexes
 * @param msg   text for people
 * @param input the offending value; the enclosing object when a member is missing
 * @param ctx   the figures of {@code msg}, null when the type has none
 */
public record Problem(
        String type,
        List<Object> loc,
        String msg,
        JsonNode input,
        @JsonInclude(JsonInclude.Include.NON_NULL) JsonNode ctx) {
    public Problem {
        loc = List.copyOf(loc);
    }
}
