package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page and the sources name the same variables. */
class ConfigurationPageTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/agentsgateway");
    private static final List<String> READERS = List.of(
            "app/Config.java",
            "app/ChatCommand.java",
            "approval/notify/NotificationConfig.java",
            "http/outbound/OutboundGuard.java",
            "knowledge/embedding/EmbeddingConfig.java",
            "knowledge/source/GcsObjects.java",
            "knowledge/source/GoogleCredentials.java",
            "knowledge/source/SourceLimits.java",
            "knowledge/KnowledgeConfig.java",
            "model/ModelConfig.java",
            "observability/ObservabilityConfig.java",
            "db/PostgresBinaries.java");
    private static final Pattern VARIABLE =
            Pattern.compile("\"([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+|HOST|PORT|TITLE|VERSION|ENVIRONMENT|TESTING)\"");
    private static final Pattern DIRECT = Pattern.compile("getenv\\(\"([A-Z_0-9]+)\"\\)");

    @Test
    void everyVariableThatIsReadIsOnThePage() throws IOException {
        Set<String> read = new TreeSet<>();
        for (String reader : READERS) {
            read.addAll(matches(VARIABLE, Files.readString(SOURCES.resolve(reader))));
        }
        try (Stream<Path> all = Files.walk(SOURCES)) {
            for (Path source :
                    all.filter(path -> path.toString().endsWith(".java")).toList()) {
                read.addAll(matches(DIRECT, Files.readString(source)));
            }
        }
        assertThat(read).hasSizeGreaterThan(60).contains("PORT", "GEMINI_API_KEY", "LOG_FORMAT", "GATEWAY_DEBUG");
        assertThat(documented()).containsAll(read);
    }

    @Test
    void everyVariableOnThePageIsRead() throws IOException {
        StringBuilder everything = new StringBuilder(Files.readString(Path.of("gateway")));
        try (Stream<Path> all = Files.walk(SOURCES)) {
            for (Path source :
                    all.filter(path -> path.toString().endsWith(".java")).toList()) {
                everything.append(Files.readString(source));
            }
        }
        String text = everything.toString();
        assertThat(documented())
                .allSatisfy(name -> assertThat(text.contains('"' + name + '"') || text.contains("{" + name + ":-"))
                        .as(name)
                        .isTrue());
    }

    private static Set<String> documented() throws IOException {
        Pattern name = Pattern.compile("`([A-Z_0-9]+)`");
        return Files.readAllLines(Path.of("docs/configuration.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line -> matches(name, line.split("\\|")[1]).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
