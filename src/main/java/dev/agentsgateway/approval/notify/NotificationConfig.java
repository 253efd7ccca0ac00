package dev.agentsgateway.approval.notify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the environment says of approvals.
 *
 * @param channels   those that are configured
 * @param publicUrl  where people reach the gateway, without a slash at its end; null when nothing is said
 * @param linkSecret null when none is set
 * @param secrets    what must never be logged
 * @param problems   what is wrong, one line for each
 */
public record NotificationConfig(
        List<Channel> channels, String publicUrl, String linkSecret, List<String> secrets, List<String> problems) {
    private static final int SHORTEST_SECRET = 24;
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7E]*");
    private static final Pattern BOT_TOKEN = Pattern.compile("[0-9]+:[A-Za-z0-9_-]+");
    private static final Pattern PHONE = Pattern.compile("\\+?[0-9]+");

    @Override
    public String toString() {
        return "NotificationConfig[channels="
                + channels.stream().map(Channel::name).toList() + "]";
    }

    public static NotificationConfig of(Map<String, String> variables) {
        return new Parser(variables).parse();
    }

    /** Values are secrets or addresses that hold some: problems do not repeat them. */
    private static final class Parser {
        private final Map<String, String> variables;
        private final List<Channel> channels = new ArrayList<>();
        private final List<String> secrets = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();

        Parser(Map<String, String> variables) {
            this.variables = variables;
        }

        NotificationConfig parse() {
            webhook();
            telegram();
            URI slack = secretUrl("SLACK_WEBHOOK_URL");
            if (slack != null) {
                channels.add(new SlackChannel(slack));
            }
            URI discord = secretUrl("DISCORD_WEBHOOK_URL");
            if (discord != null) {
                channels.add(new DiscordChannel(discord));
            }
            whatsApp();
            String publicUrl = base("PUBLIC_URL", null);
            if (publicUrl != null && publicUrl.length() > MessageText.LONGEST_PUBLIC_URL) {
                problems.add("PUBLIC_URL: must not be longer than " + MessageText.LONGEST_PUBLIC_URL + " characters");
            }
            String linkSecret = secret("APPROVAL_LINK_SECRET");
            if (linkSecret != null && linkSecret.length() < SHORTEST_SECRET) {
                problems.add("APPROVAL_LINK_SECRET: must have at least " + SHORTEST_SECRET + " characters");
            }
            return new NotificationConfig(
                    List.copyOf(channels), publicUrl, linkSecret, List.copyOf(secrets), List.copyOf(problems));
        }

        private void webhook() {
            URI uri = secretUrl("APPROVAL_WEBHOOK_URL");
            List<byte[]> keys = new ArrayList<>();
            String given = secret("APPROVAL_WEBHOOK_SECRET");
            for (String each : given == null ? new String[0] : given.split("\\s+")) {
                secrets.add(each);
                byte[] key = key(each);
                if (key == null) {
                    problems.add("APPROVAL_WEBHOOK_SECRET: must be whsec_ and the Base64 of at least 16 bytes");
                } else {
                    keys.add(key);
                }
            }
            Map<String, String> headers = headers();
            headers.values().forEach(secrets::add);
            if (uri != null) {
                channels.add(new WebhookChannel(uri, headers, keys));
            }
        }

        private static byte[] key(String secret) {
            try {
                byte[] key = Base64.getDecoder()
                        .decode(secret.startsWith("whsec_") ? secret.substring("whsec_".length()) : secret);
                return key.length < 16 ? null : key;
            } catch (IllegalArgumentException e) {
                return null;
            }
        }

        private Map<String, String> headers() {
            String text = text("APPROVAL_WEBHOOK_HEADERS");
            Map<String, String> headers = new LinkedHashMap<>();
            if (text == null) {
                return headers;
            }
            String wanted = "APPROVAL_WEBHOOK_HEADERS: must be a JSON object of header names and texts";
            try {
                JsonNode node = Json.read(text);
                node.properties()
                        .forEach(each ->
                                headers.put(each.getKey(), each.getValue().textValue()));
                boolean fine = node.isObject()
                        && headers.entrySet().stream()
                                .allMatch(each -> each.getValue() != null
                                        && HEADER_NAME.matcher(each.getKey()).matches()
                                        && HEADER_VALUE.matcher(each.getValue()).matches());
                if (fine) {
                    return headers;
                }
            } catch (IllegalArgumentException e) {
                // Told below.
            }
            problems.add(wanted);
            return Map.of();
        }

        private void telegram() {
            String token = secret("TELEGRAM_BOT_TOKEN");
            String chat = text("TELEGRAM_CHAT_ID");
            String base = base("TELEGRAM_BASE_URL", "https://api.telegram.org");
            if (token != null && !BOT_TOKEN.matcher(token).matches()) {
                problems.add("TELEGRAM_BOT_TOKEN: must be a number, a colon and letters, as the bot's maker was told");
            } else if (together("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID") && base != null) {
                channels.add(new TelegramChannel(base, token, chat));
            }
        }

        private void whatsApp() {
            String token = secret("WHATSAPP_ACCESS_TOKEN");
            String number = digits("WHATSAPP_PHONE_NUMBER_ID");
            String recipient = digits("WHATSAPP_RECIPIENT");
            String base = base("WHATSAPP_BASE_URL", "https://graph.facebook.com/v17.0");
            if (token != null && !HEADER_VALUE.matcher(token).matches()) {
                problems.add("WHATSAPP_ACCESS_TOKEN: must be ASCII in one line");
            } else if (together("WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_RECIPIENT")
                    && base != null
                    && number != null
                    && recipient != null) {
                channels.add(new WhatsAppChannel(base, number, token, recipient));
            }
        }

        /** True when all are set; a problem when only some are. */
        private boolean together(String... names) {
            List<String> missing =
                    Stream.of(names).filter(name -> text(name) == null).toList();
            if (!missing.isEmpty() && missing.size() < names.length) {
                TreeSet<String> others = new TreeSet<>(List.of(names));
                missing.forEach(others::remove);
                problems.add(String.join(", ", missing) + ": needed with " + String.join(", ", others));
            }
            return missing.isEmpty();
        }

        private String digits(String name) {
            String value = text(name);
            if (value != null && !PHONE.matcher(value).matches()) {
                problems.add(name + ": must be digits");
                return null;
            }
            return value;
        }

        private URI secretUrl(String name) {
            URI url = url(name);
            if (url != null) {
                secrets.add(url.toString());
                // Some of the HTTP client's own messages hold no more than this; a short one is no secret.
                secrets.addAll(Stream.of(url.getRawPath(), String.valueOf(url.getRawQuery()))
                        .filter(part -> part.length() >= 16)
                        .toList());
            }
            return url;
        }

        private String base(String name, String otherwise) {
            if (text(name) == null) {
                return otherwise;
            }
            URI url = url(name);
            if (url != null && (url.getRawQuery() != null || url.getRawFragment() != null)) {
                problems.add(name + ": must not have a query or a fragment");
            }
            return url == null ? null : url.toString().replaceAll("/+$", "");
        }

        private URI url(String name) {
            String value = text(name);
            if (value == null) {
                return null;
            }
            try {
                URI url = URI.create(value);
                boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
                if (web && url.getHost() != null && url.getRawUserInfo() == null) {
                    return url;
                }
            } catch (IllegalArgumentException e) {
                // Told below.
            }
            problems.add(name + ": must be an http or https URL without a user");
            return null;
        }

        private String secret(String name) {
            String value = text(name);
            if (value != null) {
                secrets.add(value);
            }
            return value;
        }

        private String text(String name) {
            String value = variables.get(name);
            return value == null || value.isBlank() ? null : value.strip();
        }
    }
}
