package dev.agentsgateway.agent;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.NotNull;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.TenantId;
import dev.agentsgateway.http.UserId;
import dev.agentsgateway.run.OnBusy;
import java.util.List;

/** The body of a chat. As JSON it is what is kept of a request; the rest is stored as message, attachments and session. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ChatRequest(
        @JsonIgnore @Required String message,
        @Default("true") boolean stream,

        @NotNull @Description("The agent's model, else the gateway's default, when left out")
        ModelId model,

        @JsonIgnore @Required @Length(max = 255) @UserId String userId,

        @JsonIgnore @Required @Length(max = 255) @Description("Empty: a session of its own for this one run")
        String sessionId,

        @Range(min = 0, max = 2) Double temperature,
        @Range(min = 1) Integer maxTokens,
        UserProfile userProfile,
        TenantProfile tenantProfile,
        @Required @Description("IANA name") String timezone,
        @Required String locale,
        @JsonIgnore List<Attachment> images,

        @Description("Used instead of the agent's prompt for this run")
        String systemPrompt,

        @Description("Only these of the agent's tools are offered to the model")
        List<String> tools,

        @JsonIgnore
        @Default("\"queue\"")
        @Description("When the session has a run that waits or works: queue waits for it, reject answers 409, interrupt"
                + " cancels it and those that wait")
        OnBusy onBusy,

        @JsonIgnore
        @Default("false")
        @Description(
                "Answers 202 at once, and the run goes on whatever becomes of the client; stream does not matter then")
        boolean background) {

    record UserProfile(
            @Required String profileId,
            @Required String email,
            @Required String fullName,
            @Required String role,
            @Required @TenantId String tenantId,
            String department,
            String skills,
            String tools) {}

    record TenantProfile(
            @Required @Length(max = 255) @TenantId String tenantId,
            @Required String name,
            @Required String website,
            String description) {}

    /** An image or a PDF. */
    record Attachment(
            @Required @Description("Base64") String content,

            @Default("\"\"") @Description("image/png, image/jpeg, image/gif, image/webp or application/pdf")
            String mimeType) {}
}
