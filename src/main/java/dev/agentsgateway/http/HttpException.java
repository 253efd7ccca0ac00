package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Map;

/** A deliberate error answer: {@code {"detail": …}} with a status. The detail is fit for clients. */
public final class HttpException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient Object detail;
    private final transient Map<String, String> headers;

    public HttpException(int status, String detail) {
        this(status, detail, Map.of());
    }

    public HttpException(int status, Object detail, Map<String, String> headers) {
        super(String.valueOf(detail), null, false, false);
        this.status = status;
        this.detail = detail;
        this.headers = Map.copyOf(headers);
    }

    public static HttpException notFound(String detail) {
        return new HttpException(404, detail);
    }

    /**
     * A 422 in the form of the binder's, for a value that only its handler can judge.
     *
     * @param loc   {@code body}, {@code query} or {@code path}, then member names and list indexes
     * @param input what was sent, null when that says nothing
     */
    public static HttpException invalidValue(List<Object> loc, String reason, String input) {
        InvalidValueException problem = InvalidValueException.valueError(reason);
        JsonNode shown = input == null ? NullNode.instance : TextNode.valueOf(input);
        return new HttpException(
                422, List.of(new Problem(problem.type(), loc, problem.getMessage(), shown, problem.ctx())), Map.of());
    }

    public int status() {
        return status;
    }

    public Object detail() {
        return detail;
    }

    public Map<String, String> headers() {
        return headers;
    }
}
