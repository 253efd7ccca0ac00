package dev.agentsgateway.run;

import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelRequest.ToolDefinition;
import dev.agentsgateway.model.ResolvedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Makes a conversation that has grown too large fit a model's context. What is stored is never changed, and no call is
 * ever parted from its result. In this order, each as far as it is needed, oldest first: results of earlier runs are
 * shortened; earlier runs are left out whole; results of the current run are shortened, those that the model has not
 * seen yet last. The same conversation is always cut in the same way, so that vendors' caches stay good.
 *
 * <p>It measures a conversation that only grows, each message once. For one thread.
 */
final class ContextWindow {
    /** What is left of a result that the model has seen. */
    static final int SHORT = 1_500;

    /** What is left of one that it has not seen, as long as that helps. */
    static final int FRESH = 20_000;

    private static final int RESERVED_PART = 8;

    private final List<Long> sizes = new ArrayList<>();
    private long size;
    private int counted;
    private long most;

    /** The most that a request to the model may be estimated at, room for the answer kept; no bound when not known. */
    static long limit(ResolvedModel model, RunPlan plan) {
        Integer configured = plan.options().contextTokens();
        long limit = configured == null ? Long.MAX_VALUE : configured;
        Catalogue.Entry known = model.entry();
        if (known == null || known.contextTokens() == null) {
            return limit;
        }
        int context = known.contextTokens();
        int part = context / RESERVED_PART;
        Integer answer = plan.maxTokens() == null ? known.maxOutputTokens() : plan.maxTokens();
        int reserved = answer == null ? part : Math.min(answer, part);
        return Math.min(limit, context - reserved);
    }

    /**
     * @param conversation as at the last call, perhaps with more messages behind it
     * @param current      where the current run's messages begin, with the user's
     * @return the conversation itself when it fits
     * @throws RunFailure {@code context_too_large} when nothing more can be left out
     */
    List<Message> fit(List<Message> conversation, int current, String system, List<ToolDefinition> tools, long limit) {
        for (; counted < conversation.size(); counted++) {
            most += TokenEstimate.most(conversation.get(counted));
        }
        long mostFixed = TokenEstimate.length(system) + (long) tools.size() * TokenEstimate.MOST_PER_TOOL;
        if (mostFixed + most <= limit) {
            return conversation;
        }
        for (int i = sizes.size(); i < conversation.size(); i++) {
            sizes.add(TokenEstimate.of(conversation.get(i)));
            size += sizes.getLast();
        }
        long fixed = TokenEstimate.of(system) + TokenEstimate.of(tools);
        return fixed + size <= limit ? conversation : new Cut(conversation, fixed + size, limit).to(current);
    }

    /** One attempt at one conversation. */
    private final class Cut {
        /** Null where a message is left out. */
        private final Message[] kept;

        private final long limit;
        private long left;

        Cut(List<Message> conversation, long left, long limit) {
            this.kept = conversation.toArray(Message[]::new);
            this.left = left;
            this.limit = limit;
        }

        List<Message> to(int current) {
            int lastTurn = lastTurn(current);
            shorten(0, current, SHORT);
            leaveOutRuns(current);
            shorten(current, lastTurn, SHORT);
            shorten(lastTurn, kept.length, FRESH);
            shorten(lastTurn, kept.length, SHORT);
            if (left > limit) {
                throw new RunFailure(
                        "context_too_large",
                        "The conversation is about " + left + " tokens, which is more than the " + limit
                                + " that fit the model's context, and nothing more can be left out.");
            }
            return Arrays.stream(kept).filter(Objects::nonNull).toList();
        }

        /** Where the turn begins whose results the model has not seen; the end when it has seen all. */
        private int lastTurn(int current) {
            for (int i = kept.length - 1; i > current && !(kept[i] instanceof Message.User); i--) {
                if (kept[i] instanceof Message.Assistant) {
                    return i;
                }
            }
            return kept.length;
        }

        private void shorten(int from, int to, int chars) {
            for (int i = from; i < to && left > limit; i++) {
                if (kept[i] instanceof Message.Tool tool) {
                    String content = shortened(tool.content(), chars);
                    left += TokenEstimate.of(content) - TokenEstimate.of(tool.content());
                    kept[i] = new Message.Tool(tool.callId(), tool.name(), content, tool.error());
                }
            }
        }

        private void leaveOutRuns(int current) {
            for (int i = 0; i < current && left > limit; ) {
                do {
                    left -= TokenEstimate.of(kept[i]);
                    kept[i++] = null;
                } while (i < current && !(kept[i] instanceof Message.User));
            }
        }
    }

    /** Its head and its tail, and how much is missing between them; itself when that would not be shorter. */
    static String shortened(String content, int chars) {
        // What is saved must be worth the note.
        if (content == null || content.length() <= chars + chars / 4) {
            return content;
        }
        int head = chars * 2 / 3;
        int tail = content.length() - (chars - head);
        head = Character.isHighSurrogate(content.charAt(head - 1)) ? head - 1 : head;
        tail = Character.isLowSurrogate(content.charAt(tail)) ? tail + 1 : tail;
        return content.substring(0, head) + "\n[" + (tail - head) + " characters left out]\n" + content.substring(tail);
    }
}
