package dev.agentsgateway.model.demo;

import dev.agentsgateway.model.ChatModel;
import dev.agentsgateway.model.ModelEvent;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelException.Kind;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import java.util.Iterator;
import java.util.List;

/**
 * The built-in offline model, for trying the gateway without a key. It understands nothing: it follows a few fixed rules
 * ({@link DemoRules}), says so in its first answer, and its usage is estimated at four characters per token. The same
 * conversation gets the same answer, except for the ids of tool calls. Thread-safe.
 */
public final class DemoChatModel implements ChatModel {
    @Override
    public ModelStream stream(ModelRequest request) {
        return new DemoStream(DemoAnswer.to(request));
    }

    /** Hands out a finished answer piece by piece, without artificial delay. */
    private static final class DemoStream implements ModelStream {
        private final Iterator<ModelEvent> events;
        private volatile boolean closed;

        DemoStream(List<ModelEvent> events) {
            this.events = events.iterator();
        }

        @Override
        public ModelEvent next() {
            if (!events.hasNext()) {
                return null;
            }
            if (closed) {
                throw new ModelException(Kind.CANCELLED, null);
            }
            return events.next();
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
