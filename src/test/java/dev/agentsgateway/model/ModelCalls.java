package dev.agentsgateway.model;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.agentsgateway.bench.ScriptedModelServer;
import java.time.Duration;

/** Calls of all vendors, which one scripted server plays. */
final class ModelCalls implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(1);

    final ScriptedModelServer server = ScriptedModelServer.start();
    private Models models = Vendor.models(server, Vendor.QUICK);

    ChatModel chat(Vendor vendor) {
        return models.resolve(vendor.model).chat();
    }

    CollectedAnswer ask(Vendor vendor, boolean stream) {
        return CollectedAnswer.of(chat(vendor), vendor.hello(stream));
    }

    ModelException fail(Vendor vendor, boolean stream) {
        return catchThrowableOfType(ModelException.class, () -> ask(vendor, stream));
    }

    /** From now on, instead of {@link Vendor#QUICK}. */
    void use(ModelHttp.Settings settings) {
        models.close();
        models = Vendor.models(server, settings);
    }

    @Override
    public void close() {
        models.close();
        server.close();
    }
}
