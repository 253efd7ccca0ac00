package dev.agentsgateway.model.demo;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.Message.Part;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelRequest.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the demo model says, in this order: it reports the results of its calls; makes the calls that lines
 * {@code call <tool> {json}} spell out; remembers ({@code remember …}) with {@code update_user_memory}; resolves dates
 * with {@code resolve_datetime}; repeats the previous message when asked what was said; else repeats this one.
 */
final class DemoRules {
    private static final int MAX_QUOTE = 2_000;
    private static final List<String> DATE_QUESTIONS = List.of(
            "when is ", "when was ", "what date ", "what day ", "which date ", "which day ", "what's the date ");
    private static final List<String> PAST_QUESTIONS =
            List.of("what did i say", "what did i just say", "what was my last");

    static final String INTRODUCTION = "I am the built-in demo model: no provider key is set, so nothing here was"
            + " written by a real model. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY, or OPENAI_BASE_URL and"
            + " DEFAULT_MODEL for a local server, and start the gateway again.\n\n";

    /** What a prompt that asks for steps of reasoning speaks of. */
    private static final String STEPS = "\"next_action\"";

    private static final String STEP = """
            {"title": "Look at the message", "reasoning": "The demo model cannot think; this is a step without thought.", \
            "action": "Follow the fixed rules", "next_action": "final_answer", "confidence": 0.1}""";

    private DemoRules() {}

    record Call(String tool, String arguments) {}

    record Decision(String text, List<Call> calls) {
        static Decision say(String text) {
            return new Decision(text, List.of());
        }
    }

    static Decision decide(ModelRequest request) {
        if (request.tools().isEmpty()
                && request.system() != null
                && request.system().contains(STEPS)) {
            return Decision.say(STEP);
        }
        List<Message> messages = request.messages();
        String introduction = messages.stream().anyMatch(Message.Assistant.class::isInstance) ? "" : INTRODUCTION;
        List<Message.Tool> results = lastResults(messages);
        if (!results.isEmpty()) {
            return Decision.say(results.stream().map(DemoRules::report).collect(Collectors.joining("\n")));
        }
        Message.User user = lastUser(messages, 0);
        if (user == null) {
            return Decision.say(introduction + "Nobody has said anything yet.");
        }
        String text = text(user);
        Decision decision = callLines(text, request.tools());
        if (decision == null) {
            decision = offeredTool(text, request.tools());
        }
        if (decision == null) {
            decision = Decision.say(talk(text, user, request));
        }
        return new Decision(introduction + decision.text(), decision.calls());
    }

    private static List<Message.Tool> lastResults(List<Message> messages) {
        List<Message.Tool> results = new ArrayList<>();
        for (int i = messages.size() - 1; i >= 0 && messages.get(i) instanceof Message.Tool tool; i--) {
            results.addFirst(tool);
        }
        return results;
    }

    private static String report(Message.Tool result) {
        String content = result.content() == null ? "" : quote(result.content());
        if (result.error()) {
            return "The tool " + result.name() + " failed: " + content;
        }
        if (result.name().equals("resolve_datetime")) {
            boolean understood = !content.isBlank() && !content.equals("null");
            return understood ? "That is " + content + "." : "The date could not be understood.";
        }
        if (result.name().equals("update_user_memory")) {
            return "I have noted it. The memory says: " + content;
        }
        return content.isEmpty()
                ? "The tool " + result.name() + " answered nothing."
                : "The tool " + result.name() + " answered: " + content;
    }

    /** Null when there is no such line. */
    private static Decision callLines(String text, List<ToolDefinition> tools) {
        List<Call> calls = new ArrayList<>();
        StringBuilder complaints = new StringBuilder();
        for (String line : text.lines().map(String::strip).toList()) {
            if (!line.regionMatches(true, 0, "call ", 0, 5)) {
                continue;
            }
            String rest = line.substring(5).strip();
            int space = rest.indexOf(' ');
            String tool = space < 0 ? rest : rest.substring(0, space);
            String arguments = space < 0 ? "{}" : rest.substring(space).strip();
            if (space > 0 && !arguments.startsWith("{")) {
                continue; // "call me later" is no call
            }
            if (offers(tools, tool)) {
                calls.add(new Call(tool, arguments));
            } else {
                complaints.append("There is no tool ").append(tool).append(". ");
            }
        }
        if (calls.isEmpty() && complaints.isEmpty()) {
            return null;
        }
        return new Decision(calls.isEmpty() ? complaints + toolList(tools) : complaints.toString(), calls);
    }

    private static Decision offeredTool(String text, List<ToolDefinition> tools) {
        String lower = text.toLowerCase(Locale.ROOT).strip();
        boolean memo = lower.startsWith("remember ") || lower.startsWith("please remember ");
        if (memo && offers(tools, "update_user_memory")) {
            return call("update_user_memory", "task", text.strip());
        }
        if (memo && offers(tools, "add_memory")) {
            return call("add_memory", "memory", text.strip()); // the conversation that update_user_memory starts
        }
        String date = dateIn(lower, text.strip());
        return date != null && offers(tools, "resolve_datetime") ? call("resolve_datetime", "text", date) : null;
    }

    private static Decision call(String tool, String parameter, String value) {
        return new Decision("", List.of(new Call(tool, Json.write(Json.object().put(parameter, value)))));
    }

    /** "What date is next friday?" asks for "next friday"; null when no date is asked for. */
    private static String dateIn(String lower, String text) {
        if (DATE_QUESTIONS.stream().noneMatch(lower::contains)) {
            return null;
        }
        int verb = Math.max(lower.lastIndexOf(" is "), lower.lastIndexOf(" was "));
        int from = verb < 0 ? 0 : lower.indexOf(' ', verb + 1) + 1;
        String date = text.length() == lower.length() ? text.substring(from) : lower.substring(from);
        while (!date.isEmpty() && "?!. ".indexOf(date.charAt(date.length() - 1)) >= 0) {
            date = date.substring(0, date.length() - 1);
        }
        return date.equals("it") || date.isEmpty() ? "today" : date;
    }

    private static String talk(String text, Message.User user, ModelRequest request) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (PAST_QUESTIONS.stream().anyMatch(lower::contains)) {
            Message.User previous = lastUser(request.messages(), 1);
            return previous == null
                    ? "This is your first message."
                    : "Before that, you said: \"" + quote(text(previous)) + "\"";
        }
        long attachments =
                user.parts().stream().filter(Part.Media.class::isInstance).count();
        String seen = attachments == 0 ? "" : " I was given " + attachments + " attachment(s), which I cannot read.";
        boolean first = request.messages().stream().noneMatch(Message.Assistant.class::isInstance);
        String tools = first ? " " + toolList(request.tools()) : "";
        return "You said: \"" + quote(text) + "\"." + seen + tools;
    }

    private static String toolList(List<ToolDefinition> tools) {
        return tools.isEmpty()
                ? "I was given no tools."
                : "I can call a tool when a line says: call NAME {\"argument\": \"value\"}. My tools: "
                        + tools.stream().map(ToolDefinition::name).collect(Collectors.joining(", ")) + ".";
    }

    private static boolean offers(List<ToolDefinition> tools, String name) {
        return tools.stream().anyMatch(tool -> tool.name().equals(name));
    }

    private static Message.User lastUser(List<Message> messages, int before) {
        int skip = before;
        for (Message message : messages.reversed()) {
            if (message instanceof Message.User user && skip-- == 0) {
                return user;
            }
        }
        return null;
    }

    private static String text(Message.User user) {
        return user.parts().stream()
                .filter(Part.Text.class::isInstance)
                .map(part -> ((Part.Text) part).text())
                .collect(Collectors.joining("\n"));
    }

    private static String quote(String text) {
        return text.length() <= MAX_QUOTE ? text : text.substring(0, MAX_QUOTE) + "…";
    }
}
