package dev.agentsgateway.model.demo;

import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Message.Part;
import dev.agentsgateway.model.ModelEvent;
import dev.agentsgateway.model.ModelEvent.StopReason;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ToolArguments;
import dev.agentsgateway.model.Usage;
import java.util.ArrayList;
import java.util.List;

/** Puts what {@link DemoRules} decide into events: text word by word, calls, estimated usage, the stop reason. */
final class DemoAnswer {
    private static final int CHARS_PER_TOKEN = 4;

    private DemoAnswer() {}

    static List<ModelEvent> to(ModelRequest request) {
        DemoRules.Decision decision = DemoRules.decide(request);
        List<ModelEvent> events = new ArrayList<>();
        int limit = request.maxTokens() == null ? Integer.MAX_VALUE : request.maxTokens();
        List<String> words = words(decision.text());
        boolean cut = words.size() > limit;
        StringBuilder said = new StringBuilder();
        for (String word : cut ? words.subList(0, limit) : words) {
            events.add(new ModelEvent.TextDelta(word));
            said.append(word);
        }
        int outputChars = said.length();
        if (!cut) {
            for (int i = 0; i < decision.calls().size(); i++) {
                DemoRules.Call call = decision.calls().get(i);
                events.add(new ModelEvent.ToolCallDelta(i, ToolArguments.newId(), call.tool(), call.arguments()));
                outputChars += call.tool().length() + call.arguments().length();
            }
        }
        events.add(
                new ModelEvent.UsageReport(new Usage(tokens(inputChars(request)), tokens(outputChars), 0, 0, 0, true)));
        boolean calling = !cut && !decision.calls().isEmpty();
        StopReason natural = calling ? StopReason.TOOL_CALLS : StopReason.END;
        events.add(new ModelEvent.Stop(cut ? StopReason.MAX_TOKENS : natural));
        return events;
    }

    /** Each word with the white space behind it. */
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= text.length(); i++) {
            boolean boundary = i == text.length()
                    || Character.isWhitespace(text.charAt(i - 1)) && !Character.isWhitespace(text.charAt(i));
            if (boundary) {
                words.add(text.substring(start, i));
                start = i;
            }
        }
        return words;
    }

    private static long inputChars(ModelRequest request) {
        long chars = request.system() == null ? 0 : request.system().length();
        for (Message message : request.messages()) {
            chars += switch (message) {
                case Message.User user ->
                    user.parts().stream()
                            .mapToLong(part ->
                                    part instanceof Part.Text text ? text.text().length() : 0)
                            .sum();
                case Message.Assistant assistant ->
                    assistant.text().length()
                            + assistant.toolCalls().stream()
                                    .mapToLong(call -> call.name().length()
                                            + call.arguments().length())
                                    .sum();
                case Message.Tool tool ->
                    tool.content() == null ? 0 : tool.content().length();
            };
        }
        return chars;
    }

    private static long tokens(long chars) {
        return (chars + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN;
    }
}
