package dev.agentsgateway.http;

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
