package dev.agentsgateway.knowledge.embedding;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.model.ErrorAnswers;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelHttp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Asks a provider in batches and checks what it answers. Thread-safe. */
final class EmbeddingCalls {
    /** Gemini takes no more in one request. */
    private static final int BATCH_TEXTS = 100;

    /** OpenAI takes 300,000 in one request; these are estimated. */
    private static final int BATCH_TOKENS = 100_000;

    private final ModelHttp http;
    private final ErrorAnswers errors;
    private final int dimension;

    EmbeddingCalls(ModelHttp http, ErrorAnswers errors, int dimension) {
        this.http = http;
        this.errors = errors;
        this.dimension = dimension;
    }

    /**
     * @param request what asks for the vectors of some texts
     * @param vectors the arrays of numbers in an answer, in the order of the texts
     */
    List<float[]> embed(
            List<String> texts,
            Function<List<String>, ModelHttp.Call> request,
            Function<JsonNode, List<JsonNode>> vectors) {
        List<float[]> embedded = new ArrayList<>(texts.size());
        for (int from = 0; from < texts.size(); ) {
            List<String> batch = texts.subList(from, end(texts, from));
            List<JsonNode> answered = vectors.apply(ask(request.apply(batch)));
            if (answered.size() != batch.size()) {
                throw EmbeddingException.permanent(
                        "The embedding provider answered with " + answered.size() + " vectors for " + batch.size()
                                + " texts.",
                        null,
                        null);
            }
            answered.forEach(vector -> embedded.add(vector(vector)));
            from += batch.size();
        }
        return embedded;
    }

    private static int end(List<String> texts, int from) {
        int to = from;
        long tokens = 0;
        while (to < texts.size() && to < from + BATCH_TEXTS) {
            tokens += TokenEstimate.of(texts.get(to));
            if (to > from && tokens > BATCH_TOKENS) {
                break;
            }
            to++;
        }
        return to;
    }

    private JsonNode ask(ModelHttp.Call call) {
        try {
            return http.json(call, errors);
        } catch (ModelException e) {
            String message = "Embedding failed: " + e.getMessage();
            throw e.kind().passing()
                            || e.kind() == ModelException.Kind.STREAM_CUT
                            || e.kind() == ModelException.Kind.CANCELLED
                    ? EmbeddingException.passing(message, e.detail(), e)
                    : EmbeddingException.permanent(message, e.detail(), e);
        }
    }

    /** With a length of 1, which Gemini's shortened vectors do not have. */
    private float[] vector(JsonNode numbers) {
        if (!numbers.isArray() || numbers.size() != dimension) {
            throw EmbeddingException.permanent(
                    "The embedding provider answered with a vector of " + numbers.size() + " numbers instead of "
                            + dimension + ".",
                    null,
                    null);
        }
        double square = 0;
        for (JsonNode number : numbers) {
            square += number.isNumber() ? number.doubleValue() * number.doubleValue() : Double.NaN;
        }
        if (!Double.isFinite(square) || square == 0) {
            throw EmbeddingException.permanent(
                    "The embedding provider answered with a vector that has no direction.", null, null);
        }
        double length = Math.sqrt(square);
        float[] vector = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            vector[i] = (float) (numbers.get(i).doubleValue() / length);
        }
        return vector;
    }
}
