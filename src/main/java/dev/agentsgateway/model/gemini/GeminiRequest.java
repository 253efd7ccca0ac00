package dev.agentsgateway.model.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.AnswerLayout;
import dev.agentsgateway.model.AnswerLayout.Piece;
import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Message.Part;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ToolArguments;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes a {@link ModelRequest} as a {@code GenerateContentRequest}, with roles that alternate. */
final class GeminiRequest {
    private static final String NOTHING = "(no text)";

    /**
     * What Google's guide "Thought signatures" names for calls that no Gemini 3 made (another vendor's history, a
     * fallback model); without any signature the request is refused.
     */
    private static final String FOREIGN_CALL = "skip_thought_signature_validator";

    /** The model decides how much it thinks (guide "Gemini thinking"); Flash-Lite thinks only when it is told to. */
    private static final int DYNAMIC = -1;

    private final ArrayNode contents;
    private final boolean signaturesRequired;

    /** Calls whose id the vendor itself gave; only those ids are sent back. */
    private final Set<String> vendorIds = new HashSet<>();

    private GeminiRequest(ArrayNode contents, boolean signaturesRequired) {
        this.contents = contents;
        this.signaturesRequired = signaturesRequired;
    }

    static ObjectNode of(ModelRequest request) {
        ObjectNode body = Json.object();
        if (request.system() != null && !request.system().isBlank()) {
            body.putObject("systemInstruction").putArray("parts").addObject().put("text", request.system());
        }
        boolean three = request.model().startsWith("gemini-3");
        var writer = new GeminiRequest(body.putArray("contents"), three);
        request.messages().forEach(writer::message);
        tools(body, request.tools());
        ObjectNode config = Json.object();
        if (request.temperature() != null) {
            config.put("temperature", request.temperature());
        }
        if (request.maxTokens() != null) {
            config.put("maxOutputTokens", request.maxTokens());
        }
        if (request.reasoning() != null) {
            ObjectNode thinking = config.putObject("thinkingConfig").put("includeThoughts", true);
            if (request.reasoning() == Catalogue.Reasoning.BUDGET) {
                thinking.put("thinkingBudget", DYNAMIC);
            }
        }
        if (!config.isEmpty()) {
            body.set("generationConfig", config);
        }
        return body;
    }

    private void message(Message message) {
        switch (message) {
            case Message.User user -> user(user);
            case Message.Assistant assistant -> assistant(assistant);
            case Message.Tool tool -> result(tool);
        }
    }

    private void user(Message.User user) {
        int parts = 0;
        for (Part part : user.parts()) {
            if (part instanceof Part.Media media) {
                media(media);
                parts++;
            } else if (part instanceof Part.Text text && !text.text().isEmpty()) {
                parts("user").addObject().put("text", text.text());
                parts++;
            }
        }
        if (parts == 0) {
            parts("user").addObject().put("text", NOTHING);
        }
    }

    private void media(Part.Media media) {
        if (!media.mimeType().startsWith("image/") && !media.mimeType().equals("application/pdf")) {
            throw new ModelException(Kind.INVALID_REQUEST, "unsupported attachment type " + media.mimeType());
        }
        parts("user")
                .addObject()
                .putObject("inlineData")
                .put("mimeType", media.mimeType())
                .put("data", Base64.getEncoder().encodeToString(media.data()));
    }

    private void assistant(Message.Assistant assistant) {
        boolean firstCall = true;
        for (Piece piece : AnswerLayout.of(assistant, GeminiChatModel.PROVIDER)) {
            switch (piece) {
                case Piece.Text text -> {
                    if (!text.text().isEmpty() || text.signature() != null) {
                        sign(parts("model").addObject().put("text", text.text()), text.signature());
                    }
                }
                case Piece.Call call -> {
                    boolean foreign = signaturesRequired && firstCall && call.signature() == null;
                    call(call, foreign ? FOREIGN_CALL : call.signature());
                    firstCall = false;
                }
                case Piece.Block block -> parts("model").add(block.block());
            }
        }
    }

    private void call(Piece.Call piece, String signature) {
        ObjectNode part = parts("model").addObject();
        ObjectNode call =
                part.putObject("functionCall").put("name", piece.call().name());
        call.set("args", ToolArguments.object(piece.call().arguments()));
        if (piece.vendorId() != null) {
            call.put("id", piece.vendorId());
            vendorIds.add(piece.vendorId());
        }
        sign(part, signature);
    }

    private static void sign(ObjectNode part, String signature) {
        if (signature != null) {
            part.put("thoughtSignature", signature);
        }
    }

    private void result(Message.Tool tool) {
        ObjectNode response =
                parts("user").addObject().putObject("functionResponse").put("name", tool.name());
        if (vendorIds.contains(tool.callId())) {
            response.put("id", tool.callId());
        }
        response.set("response", responseObject(tool));
    }

    /** The API reference's convention: {@code output} for a result that is no object, {@code error} for a failure. */
    private static ObjectNode responseObject(Message.Tool tool) {
        String content = tool.content() == null ? "" : tool.content();
        if (tool.error()) {
            return Json.object().put("error", content.isEmpty() ? "The tool failed." : content);
        }
        JsonNode parsed;
        try {
            parsed = Json.read(content);
        } catch (IllegalArgumentException e) {
            return Json.object().put("output", content);
        }
        if (parsed instanceof ObjectNode object) {
            return object;
        }
        ObjectNode wrapped = Json.object();
        return parsed.isMissingNode() ? wrapped.put("output", "") : wrapped.set("output", parsed);
    }

    /** Where the next part of this role goes. */
    private ArrayNode parts(String role) {
        if (contents.isEmpty() && role.equals("model")) {
            parts("user").addObject().put("text", NOTHING); // a history window may begin with an answer
        }
        ObjectNode last = (ObjectNode) contents.get(contents.size() - 1);
        if (last != null && last.get("role").textValue().equals(role)) {
            return (ArrayNode) last.get("parts");
        }
        return contents.addObject().put("role", role).putArray("parts");
    }

    private static void tools(ObjectNode body, List<ModelRequest.ToolDefinition> tools) {
        if (tools.isEmpty()) {
            return;
        }
        ArrayNode declarations = body.putArray("tools").addObject().putArray("functionDeclarations");
        for (ModelRequest.ToolDefinition tool : tools) {
            ObjectNode declaration = declarations.addObject().put("name", tool.name());
            declaration.put("description", tool.description() == null ? tool.name() : tool.description());
            ObjectNode schema = ToolArguments.schema(tool.parameters());
            if (!schema.get("properties").isEmpty()) {
                declaration.set("parametersJsonSchema", schema); // full JSON Schema; "parameters" takes only a subset
            }
        }
    }
}
