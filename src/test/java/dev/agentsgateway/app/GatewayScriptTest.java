package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./gateway} with a JDK and a Maven that only write down how they were called. */
class GatewayScriptTest {
    @TempDir
    private Path temporary;

    private Path checkout;
    private Path jdk;
    private Path programs;

    private record Result(int code, String out, String err, long pid) {}

    @BeforeEach
    void makeFreshClone() throws IOException {
        checkout = Files.createDirectories(temporary.resolve("my projects/the gateway"));
        Files.copy(Path.of("gateway"), checkout.resolve("gateway"));
        write(checkout.resolve("src/main/java/A.java"), "class A {}");
        write(checkout.resolve("src/test/java/ATest.java"), "class ATest {}");
        write(checkout.resolve("pom.xml"), "<project/>");
        jdk = jdk("jdk 25", "25.0.1");
        programs = temporary.resolve("bin");
        program(programs.resolve("mvn"), """
                echo "built with $JAVA_HOME" >>"%s/builds"
                sleep 1
                mkdir -p target
                echo jar >target/agents-gateway.jar
                """.formatted(temporary));
    }

    private Path jdk(String name, String version) throws IOException {
        Path home = temporary.resolve(name);
        write(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        program(home.resolve("bin/javac"), "");
        program(home.resolve("bin/java"), """
                case "$*" in
                    *" train "*)
                        for option in "$@"; do
                            case $option in -XX:AOTCacheOutput=*) echo "$*" >"${option#*=}" ;; esac
                        done ;;
                    *) echo "pid=$$"; for argument in "$@"; do echo "[$argument]"; done ;;
                esac
                """);
        return home;
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        // Older than any build.
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    }

    private static void program(Path file, String script) throws IOException {
        write(file, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(Path script, Map<String, String> more, String... arguments) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(temporary.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", programs + ":/usr/bin:/bin");
        builder.environment().put("HOME", temporary.toString());
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().putAll(more);
        return builder.start();
    }

    private static Result result(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), out, err, process.pid());
    }

    private Result run(String... arguments) throws Exception {
        return result(start(checkout.resolve("gateway"), Map.of(), arguments));
    }

    private List<String> builds() throws IOException {
        return Files.readAllLines(temporary.resolve("builds"));
    }

    @Test
    void buildsOnceBecomesTheJvmAndPassesArgumentsOn() throws Exception {
        Result first = run("chat", "two words", "*");
        assertThat(first.err()).contains("Building");
        assertThat(first.code()).isZero();
        assertThat(first.out()).startsWith("pid=" + first.pid() + "\n").endsWith("[chat]\n[two words]\n[*]\n");
        Result second = run();
        assertThat(second.err()).isEmpty();
        assertThat(second.out()).contains("[" + checkout.toRealPath() + "/target/agents-gateway.jar]\n");
        assertThat(builds()).containsExactly("built with " + jdk);
    }

    @Test
    void usesTheSameFlagsForTheCacheAndWithIt() throws Exception {
        String out = run().out();
        String training = Files.readString(checkout.resolve("target/gateway.aot"));
        assertThat(out)
                .contains(
                        "[-XX:AOTCache=" + checkout.toRealPath() + "/target/gateway.aot]", "[-Xms512m]", "[-Xmx512m]");
        List<String> flags = out.lines()
                .takeWhile(line -> !line.startsWith("[-Xms"))
                .filter(line -> line.startsWith("["))
                .map(line -> line.substring(1, line.length() - 1))
                .toList();
        assertThat(flags).contains("-XX:+UseCompactObjectHeaders").allMatch(training::contains);
    }

    @Test
    void buildsAgainOnlyWhenSourcesOfTheProgramChange() throws Exception {
        run();
        Files.writeString(checkout.resolve("src/test/java/ATest.java"), "class ATest { int changed; }");
        Files.writeString(checkout.resolve("README.md"), "changed");
        run();
        assertThat(builds()).hasSize(1);
        Thread.sleep(20);
        Files.writeString(checkout.resolve("src/main/java/B.java"), "class B {}");
        run();
        assertThat(builds()).hasSize(2);
        Thread.sleep(20);
        Files.delete(checkout.resolve("src/main/java/B.java"));
        run();
        assertThat(builds()).hasSize(3);
    }

    @Test
    void makesANewCacheForAnotherJdk() throws Exception {
        run();
        jdk = jdk("jdk 26", "26");
        Result other = run();
        assertThat(other.err()).contains("Preparing").doesNotContain("Building");
        assertThat(run().err()).isEmpty();
    }

    @Test
    void twoAtOnceBuildOnce() throws Exception {
        Process one = start(checkout.resolve("gateway"), Map.of());
        Process two = start(checkout.resolve("gateway"), Map.of());
        assertThat(result(one).code()).isZero();
        assertThat(result(two).code()).isZero();
        assertThat(builds()).hasSize(1);
        assertThat(checkout.resolve("target/.building")).doesNotExist();
    }

    @Test
    void takesOverTheLockOfAKilledBuild() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.createDirectories(checkout.resolve("target"));
        Files.createSymbolicLink(checkout.resolve("target/.building"), Path.of(Long.toString(gone.pid())));
        assertThat(run().code()).isZero();
    }

    @Test
    void worksThroughSymbolicLinks() throws Exception {
        Files.createSymbolicLink(temporary.resolve("bin/relative"), Path.of("../my projects/the gateway/gateway"));
        Path link = Files.createSymbolicLink(temporary.resolve("gw"), temporary.resolve("bin/relative"));
        Result result = result(start(link, Map.of()));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("[" + checkout.toRealPath() + "/target/agents-gateway.jar]");
    }

    @Test
    void passesOverAnOlderJdk() throws Exception {
        Path old = jdk("jdk 17", "17.0.2");
        Result result = result(
                start(checkout.resolve("gateway"), Map.of("JAVA_HOME", old.toString(), "JDK_HOME", jdk.toString())));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(builds()).containsExactly("built with " + jdk);
    }

    @Test
    void saysWhyABuildFailed() throws Exception {
        program(programs.resolve("mvn"), "echo 'A.java:1: nonsense'; exit 1");
        Result result = run();
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("A.java:1: nonsense", "the build failed");
        assertThat(checkout.resolve("target/.building")).doesNotExist();
        assertThat(run().code()).as("it is tried again").isEqualTo(1);
    }

    @Test
    void saysThatMavenIsMissing() throws Exception {
        Files.delete(programs.resolve("mvn"));
        Path few = Files.createDirectories(temporary.resolve("few"));
        for (String name : List.of(
                "sh", "dirname", "readlink", "sed", "find", "head", "mkdir", "ln", "rm", "touch", "cat", "cksum")) {
            program(few.resolve(name), "exec /usr/bin/" + name + " \"$@\"");
        }
        Result result = result(start(checkout.resolve("gateway"), Map.of("PATH", few.toString())));
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("gateway: needs Maven to build: install it, so that mvn is found\n");
    }

    @Test
    void takesHeapAndOptionsFromTheEnvironment() throws Exception {
        Result result = result(start(
                checkout.resolve("gateway"), Map.of("GATEWAY_HEAP", "2g", "GATEWAY_JAVA_OPTIONS", "-Da=1 -Db=2")));
        assertThat(result.out()).contains("[-Xms2g]\n[-Xmx2g]\n", "[-Da=1]\n[-Db=2]\n");
    }
}
