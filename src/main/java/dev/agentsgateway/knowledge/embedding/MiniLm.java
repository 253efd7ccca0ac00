package dev.agentsgateway.knowledge.embedding;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * The model files of LangChain4j's {@code all-minilm-l6-v2-q} in a session that computes on the caller's thread only,
 * where LangChain4j's own class would take every core for every text. Thread-safe.
 */
final class MiniLm extends AbstractInProcessEmbeddingModel {
    static final int DIMENSION = 384;

    private static final String MODEL = "/all-minilm-l6-v2-q.onnx";
    private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";

    private final OnnxBertBiEncoder encoder;
    private final HuggingFaceTokenizer tokenizer;

    /** Reads 23 MB and takes a second. */
    MiniLm() throws IOException {
        super(Runnable::run);
        keepOffTheNetwork();
        try (InputStream model = file(MODEL);
                InputStream vocabulary = file(TOKENIZER);
                InputStream counting = file(TOKENIZER);
                OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            OrtSession session = environment.createSession(model.readAllBytes(), options);
            encoder = new OnnxBertBiEncoder(environment, session, vocabulary, PoolingMode.MEAN);
            tokenizer = HuggingFaceTokenizer.newInstance(counting, Map.of("padding", "false", "truncation", "false"));
        } catch (OrtException e) {
            throw new IOException(e);
        }
    }

    /**
     * DJL, whose tokenizer this is, reports to its makers when it finds itself on Amazon's machines, and downloads another
     * library when it finds a graphics card.
     */
    private static void keepOffTheNetwork() {
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        System.setProperty("ai.djl.offline", "true");
        // It warns of graphics cards that it does not get to use.
        if (LoggerFactory.getLogger("ai.djl.util.cuda.CudaUtils") instanceof Logger logback) {
            logback.setLevel(Level.ERROR);
        }
    }

    float[] vector(String text) {
        return embed(text).content().vector();
    }

    int countTokens(String text) {
        return tokenizer.encode(text, false, false).getIds().length;
    }

    @Override
    protected OnnxBertBiEncoder model() {
        return encoder;
    }

    @Override
    protected Integer knownDimension() {
        return DIMENSION;
    }

    private static InputStream file(String name) throws IOException {
        InputStream file = MiniLm.class.getResourceAsStream(name);
        if (file == null) {
            throw new IOException(name + " is not on the class path");
        }
        return file;
    }
}
