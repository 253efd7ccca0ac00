package dev.agentsgateway.run;

import dev.agentsgateway.tool.ToolSpec;
import java.util.List;

/** The tools that the engine itself gives to runs, as their sessions need them. */
public final class SessionTools {
    public static final String STATE = SessionStateTool.NAME;
    public static final String HISTORY = ChatHistoryTool.NAME;

    private SessionTools() {}

    public static List<ToolSpec> specs() {
        return List.of(SessionStateTool.SPEC, ChatHistoryTool.SPEC, UserMemoryTool.SPEC);
    }
}
