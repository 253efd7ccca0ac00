package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's tool under the name that the model knows it by.
 *
 * @param tool as its server declared it
 */
record McpTool(ToolSpec spec, ServerTool tool, McpServerSettings server, McpConnections connections) implements Tool {
    private static final Logger LOG = LoggerFactory.getLogger(McpTool.class);

    @Override
    public ToolResult execute(ToolInput input) {
        JsonNode result;
        try {
            boolean repeatable = spec.sideEffect() != ToolSpec.SideEffect.ONCE;
            result = connections.with(server, open -> open.call(tool.name(), input.arguments(), repeatable));
        } catch (McpException e) {
            LOG.debug("a call of the MCP server {} failed", server.name(), e);
            throw new ToolException(failure(e));
        }
        if (ToolContent.isError(result)) {
            String told = ToolContent.of(result);
            throw new ToolException(told.isBlank() ? "The tool failed and does not say why." : told);
        }
        String misfit = ToolContent.misfit(tool, result);
        if (misfit != null) {
            throw new ToolException("The result of the MCP server '" + server.name()
                    + "' does not fit what it declares: " + misfit
                    + (spec.sideEffect() == ToolSpec.SideEffect.NONE ? "" : ". The call may have taken effect."));
        }
        return new ToolResult(ToolContent.of(result));
    }

    private String failure(McpException e) {
        boolean done = switch (e.kind()) {
            case BROKEN, TIMED_OUT, CANCELLED -> true;
            case NOT_SENT, SESSION_GONE, ANSWERED, FORBIDDEN -> false;
        };
        String what = e.kind() == McpException.Kind.TIMED_OUT
                ? "no answer within " + server.timeout().toSeconds() + " seconds"
                : e.getMessage();
        return "The call failed at the MCP server '" + server.name() + "': " + what + "."
                + (done && spec.sideEffect() != ToolSpec.SideEffect.NONE
                        ? " It is not known whether the call took effect. It was not repeated."
                        : "");
    }
}
