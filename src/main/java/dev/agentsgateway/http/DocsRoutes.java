package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * {@code /openapi.json}, {@code /docs} (Swagger UI) and {@code /redoc} (ReDoc). Everything comes from the class path,
 * and the pages' Content-Security-Policy keeps them from asking anybody else.
 */
final class DocsRoutes implements Route.Source {
    record Page(@Header("If-None-Match") String ifNoneMatch) {}

    record File(@Path String name, @Header("If-None-Match") String ifNoneMatch) {}

    private record Asset(String contentType, byte[] bytes, String etag) {}

    private static final String SWAGGER = "/META-INF/resources/webjars/swagger-ui/5.34.1/";
    private static final String REDOC = "/META-INF/resources/webjars/redoc/2.1.5/";
    /** All files there are: a name is looked up here and never becomes part of a path. */
    private static final Map<String, String> FILES = Map.of(
            "docs.html", "/docs/docs.html",
            "docs.css", "/docs/docs.css",
            "docs.js", "/docs/docs.js",
            "icon.svg", "/docs/icon.svg",
            "redoc.html", "/docs/redoc.html",
            "redoc.css", "/docs/redoc.css",
            "redoc.js", "/docs/redoc.js",
            "swagger-ui.css", SWAGGER + "swagger-ui.css",
            "swagger-ui-bundle.js", SWAGGER + "swagger-ui-bundle.js",
            "redoc.standalone.js", REDOC + "redoc.standalone.js");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    /** Both pages make style elements while they run; scripts come from here only, ReDoc's search worker from a blob. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'";

    private final Supplier<ObjectNode> document;
    private final Map<String, Asset> loaded = new ConcurrentHashMap<>();

    /** @param document made when it is first asked for: most starts are for something else */
    DocsRoutes(Supplier<ObjectNode> document) {
        this.document = document;
    }

    @Override
    public List<Route<?>> routes() {
        return List.of(
                page("/openapi.json", "OpenAPI document")
                        .handle(call -> answer(document(), call.input().ifNoneMatch())),
                page("/docs", "API documentation (Swagger UI)")
                        .handle(call -> answer(asset("docs.html"), call.input().ifNoneMatch())),
                page("/redoc", "API documentation (ReDoc)")
                        .handle(call -> answer(asset("redoc.html"), call.input().ifNoneMatch())),
                Route.get("/docs/{name}", File.class)
                        .tag("Documentation")
                        .summary("A file of the documentation")
                        .open()
                        .answers(200, String.class)
                        .handle(call -> file(call.input())));
    }

    private static Route.Builder<Page> page(String path, String summary) {
        return Route.get(path, Page.class)
                .tag("Documentation")
                .summary(summary)
                .open()
                .answers(200, String.class);
    }

    private Answer file(File file) {
        if (!FILES.containsKey(file.name())) {
            throw HttpException.notFound("Not Found");
        }
        return answer(asset(file.name()), file.ifNoneMatch());
    }

    private static Answer answer(Asset asset, String known) {
        Map<String, String> headers = Map.of(
                "etag", asset.etag,
                "cache-control", "no-cache",
                "content-security-policy", POLICY,
                "referrer-policy", "no-referrer",
                "x-content-type-options", "nosniff");
        return asset.etag.equals(known)
                ? new Answer.Empty(304, headers)
                : new Answer.Content(200, asset.contentType, asset.bytes, headers);
    }

    private Asset document() {
        return loaded.computeIfAbsent("openapi.json", _ -> {
            byte[] json = Json.write(document.get()).getBytes(StandardCharsets.UTF_8);
            return new Asset("application/json", json, etag(json));
        });
    }

    private Asset asset(String name) {
        return loaded.computeIfAbsent(name, DocsRoutes::load);
    }

    private static Asset load(String name) {
        try (InputStream in = DocsRoutes.class.getResourceAsStream(FILES.get(name))) {
            if (in == null) {
                throw new IllegalStateException("missing on the class path: " + FILES.get(name));
            }
            byte[] bytes = in.readAllBytes();
            return new Asset(TYPES.get(name.substring(name.lastIndexOf('.') + 1)), bytes, etag(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String etag(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return '"' + HexFormat.of().formatHex(hash, 0, 12) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
