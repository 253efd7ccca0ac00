package dev.agentsgateway.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A tool that remembers with what it was called. */
public final class TestTool implements Tool {
    private final ToolSpec spec;
    private final Function<ToolInput, String> work;
    private final String toolkit;
    private final List<ToolInput> calls = new CopyOnWriteArrayList<>();

    private TestTool(ToolSpec spec, Function<ToolInput, String> work, String toolkit) {
        this.spec = spec;
        this.work = work;
        this.toolkit = toolkit;
    }

    public static TestTool of(ToolSpec spec, Function<ToolInput, String> work) {
        return new TestTool(spec, work, null);
    }

    public static TestTool of(
            String name, ToolSpec.SideEffect sideEffect, boolean confirm, Function<ToolInput, String> work) {
        return new TestTool(
                new ToolSpec(
                        name,
                        "Does what the test wants.",
                        Json.read(
                                "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},\"why\":{\"type\":\"string\"}}}"),
                        sideEffect,
                        confirm),
                work,
                null);
    }

    /** Must not be executed twice, and only with a person's yes. */
    public static TestTool guarded(String name) {
        return of(name, ToolSpec.SideEffect.ONCE, true, input -> "{\"did\":" + input.arguments() + "}");
    }

    public static TestTool free(String name) {
        return of(name, ToolSpec.SideEffect.NONE, false, input -> "{\"did\":" + input.arguments() + "}");
    }

    /** The arguments of its calls, in the order in which they began. */
    public List<ObjectNode> arguments() {
        return calls.stream().map(ToolInput::arguments).toList();
    }

    public List<ToolInput> calls() {
        return List.copyOf(calls);
    }

    /** The same with a toolkit, under which clients may call it. */
    public TestTool in(String name) {
        return new TestTool(spec, work, name);
    }

    @Override
    public String toolkit() {
        return toolkit;
    }

    @Override
    public ToolSpec spec() {
        return spec;
    }

    @Override
    public ToolResult execute(ToolInput input) {
        calls.add(input);
        return new ToolResult(work.apply(input));
    }
}
