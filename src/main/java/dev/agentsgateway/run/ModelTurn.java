package dev.agentsgateway.run;

import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelEvent;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import dev.agentsgateway.model.ToolArguments;
import dev.agentsgateway.model.Usage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Gathers one answer of a model while it comes. For one thread. */
final class ModelTurn {
    /** What a call counts besides its name and arguments, so that empty calls cannot be without end. */
    private static final int CALL_CHARS = 32;

    private static final int NAME_CHARS = 64;
    private static final Pattern NOT_IN_NAMES = Pattern.compile("[^A-Za-z0-9_-]");

    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final TreeMap<Integer, CallBuilder> calls = new TreeMap<>();
    private final int outputChars;
    private int chars;
    private String responseId;
    private ModelEvent.State state;
    private Usage usage;

    private static final class CallBuilder {
        private String id;
        private String name;
        private final StringBuilder arguments = new StringBuilder();
    }

    /** Receives the pieces of the answer that a reader may see. */
    interface Listener {
        /** Nobody looks on. */
        Listener NONE = new Listener() {
            @Override
            public void content(String text, String reasoning, String responseId) {}

            @Override
            public void begun() {}
        };

        void content(String text, String reasoning, String responseId);

        /** The model has begun to say something, or to call a tool. */
        void begun();
    }

    ModelTurn(int outputChars) {
        this.outputChars = outputChars;
    }

    /** Reads the stream to its end. */
    void read(ModelStream stream, Listener listener) {
        boolean begun = false;
        for (ModelEvent event = stream.next(); event != null; event = stream.next()) {
            boolean output = event instanceof ModelEvent.TextDelta
                    || event instanceof ModelEvent.ReasoningDelta
                    || event instanceof ModelEvent.ToolCallDelta;
            if (output && !begun) {
                begun = true;
                listener.begun();
            }
            switch (event) {
                case ModelEvent.ResponseId id -> responseId = id.id();
                case ModelEvent.TextDelta delta -> {
                    text.append(delta.text());
                    grow(delta.text().length());
                    listener.content(delta.text(), "", responseId);
                }
                case ModelEvent.ReasoningDelta delta -> {
                    reasoning.append(delta.text());
                    grow(delta.text().length());
                    listener.content("", delta.text(), responseId);
                }
                case ModelEvent.ToolCallDelta delta -> add(delta);
                case ModelEvent.State newState -> state = newState;
                case ModelEvent.UsageReport report -> usage = report.usage();
                case ModelEvent.Stop _ -> {}
            }
        }
    }

    private void add(ModelEvent.ToolCallDelta delta) {
        CallBuilder call = calls.computeIfAbsent(delta.index(), _ -> new CallBuilder());
        if (delta.id() != null) {
            call.id = delta.id();
        }
        if (delta.name() != null) {
            call.name = delta.name();
            grow(CALL_CHARS + delta.name().length());
        }
        call.arguments.append(delta.arguments());
        grow(delta.arguments().length());
    }

    private void grow(int by) {
        chars += by;
        if (chars > outputChars) {
            throw new RunFailure(
                    "limit_output_size", "The model's answer is longer than " + outputChars + " characters.");
        }
    }

    String responseId() {
        return responseId;
    }

    String text() {
        return text.toString();
    }

    String reasoning() {
        return reasoning.toString();
    }

    /** @param taken the ids of the run's earlier calls: what people decide names a call by its id */
    Message.Assistant message(String provider, Set<String> taken) {
        List<Message.ToolCall> finished = new ArrayList<>();
        Set<String> ids = new HashSet<>(taken);
        for (CallBuilder call : calls.values()) {
            // A call without an id of its own could not be answered: vendors refuse such a history for ever.
            boolean unique = call.id != null && !call.id.isBlank() && ids.add(call.id);
            finished.add(new Message.ToolCall(
                    unique ? call.id : ToolArguments.newId(), name(call.name), call.arguments.toString()));
        }
        return new Message.Assistant(
                text(),
                reasoning(),
                finished,
                state == null ? null : new Message.ProviderState(provider, state.data()));
    }

    /** Vendors refuse a history with other names than these, which are also the only ones that tools can have. */
    private static String name(String said) {
        String name = said == null ? "" : NOT_IN_NAMES.matcher(said).replaceAll("_");
        return name.isEmpty() ? "unnamed" : name.substring(0, Math.min(NAME_CHARS, name.length()));
    }

    /** What the vendor counted or, when it counted nothing, a quarter of the characters, flagged as an estimate. */
    Usage usage(ModelRequest request) {
        if (usage != null && usage.total() > 0) {
            return usage;
        }
        long input = request.system() == null ? 0 : request.system().length();
        for (Message message : request.messages()) {
            input += chars(message);
        }
        return new Usage(input / 4, chars / 4, 0, 0, 0, true);
    }

    private static long chars(Message message) {
        return switch (message) {
            case Message.User user -> {
                long sum = 0;
                for (Message.Part part : user.parts()) {
                    sum += part instanceof Message.Part.Text text ? text.text().length() : 0;
                }
                yield sum;
            }
            case Message.Assistant assistant -> {
                long sum = assistant.text().length();
                for (Message.ToolCall call : assistant.toolCalls()) {
                    sum += call.arguments().length();
                }
                yield sum;
            }
            case Message.Tool tool -> tool.content().length();
        };
    }
}
