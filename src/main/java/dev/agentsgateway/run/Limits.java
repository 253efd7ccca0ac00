package dev.agentsgateway.run;

import java.time.Duration;

/**
 * What one run may use. Reaching one ends the run as failed with the code given here.
 *
 * @param modelTurns  model calls ({@code limit_model_turns})
 * @param wallClock   from start to end ({@code limit_wall_clock})
 * @param toolTimeout one tool call; only that call fails
 * @param outputChars text and tool arguments of one model turn ({@code limit_output_size})
 * @param resultChars the result of one tool call; what is longer is cut, and the model is told
 */
public record Limits(int modelTurns, Duration wallClock, Duration toolTimeout, int outputChars, int resultChars) {
    public static final Limits DEFAULT =
            new Limits(50, Duration.ofMinutes(15), Duration.ofSeconds(60), 1_000_000, 200_000);
}
