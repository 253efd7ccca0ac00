package dev.agentsgateway.observability;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.jul.LevelChangePropagator;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.agentsgateway.observability.ObservabilityConfig.LogBackend;
import io.opentelemetry.sdk.common.InternalTelemetryVersion;
import io.opentelemetry.sdk.logs.LogLimits;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.resources.Resource;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.slf4j.event.Level;

/**
 * The process's log: SLF4J over Logback, set up here and not by a file. Our own loggers speak from the configured
 * level on, libraries only from WARN on ({@code LOG_LEVELS} says otherwise). No thread waits for a destination:
 * each has a bounded queue and drops, and counts, what does not fit. Secrets are taken out by the {@link Scrubber}.
 */
public final class Logging implements AutoCloseable {
    private static final String OURS = "dev.agentsgateway";
    /** Prints the spans of the console backend, at INFO. */
    private static final String SPAN_PRINTER = "io.opentelemetry.exporter.logging";

    private final LoggerContext context;
    private final List<QueuedAppender> appenders = new ArrayList<>();
    private final Map<String, LongSupplier> dropped = new LinkedHashMap<>();

    private Logging(LoggerContext context) {
        this.context = context;
    }

    /**
     * Replaces whatever logging the process had. {@link #close} writes out what is queued; call it before the process
     * ends.
     *
     * @param console where the console backend writes, usually standard output; never closed
     */
    public static Logging install(ObservabilityConfig config, Scrubber scrubber, OutputStream console) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        LogManager.getLogManager().reset();
        LevelChangePropagator julLevels = new LevelChangePropagator();
        julLevels.setContext(context);
        julLevels.start();
        context.addListener(julLevels);
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();

        Logging logging = new Logging(context);
        scrubber.register(config.logtail().token());
        config.otlp().headers().values().forEach(scrubber::register);
        logging.setLevels(config);
        LogEvents events = new LogEvents(scrubber);
        if (config.logBackends().contains(LogBackend.CONSOLE)) {
            logging.add(new StreamAppender(
                    console, config.jsonLogs() ? new LogFormat.Json(events) : new LogFormat.Text(events)));
        }
        if (config.logBackends().contains(LogBackend.OTLP)) {
            logging.addOtlp(config, events);
        }
        if (config.logBackends().contains(LogBackend.LOGTAIL)) {
            logging.add(new LogtailAppender(config.logtail(), events, Duration.ofSeconds(1), Duration.ofMillis(500)));
        }
        Logger log = LoggerFactory.getLogger(Logging.class);
        config.warnings().forEach(log::warn);
        return logging;
    }

    /** Lost events by backend ({@code console}, {@code otlp}, {@code logtail}); each number only grows. */
    public Map<String, LongSupplier> dropped() {
        return Map.copyOf(dropped);
    }

    /** Writes out what is queued, for seconds at most, and ends logging. */
    @Override
    public void close() {
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        // The console goes last: the others may have to say that they lost something.
        for (QueuedAppender appender : appenders.reversed()) {
            root.detachAppender(appender);
            appender.stop();
        }
    }

    private void setLevels(ObservabilityConfig config) {
        ch.qos.logback.classic.Level own = level(config.logLevel());
        boolean stricter = own.isGreaterOrEqual(ch.qos.logback.classic.Level.WARN);
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(stricter ? own : ch.qos.logback.classic.Level.WARN);
        context.getLogger(OURS).setLevel(own);
        context.getLogger(SPAN_PRINTER).setLevel(ch.qos.logback.classic.Level.INFO);
        config.logLevels().forEach((name, level) -> context.getLogger(name).setLevel(level(level)));
    }

    private static ch.qos.logback.classic.Level level(Level level) {
        return level == null
                ? ch.qos.logback.classic.Level.OFF
                : ch.qos.logback.classic.Level.convertAnSLF4JLevel(level);
    }

    private void addOtlp(ObservabilityConfig config, LogEvents events) {
        SdkHealth health = new SdkHealth();
        BatchLogRecordProcessor processor = BatchLogRecordProcessor.builder(
                        Exporters.logs(config.otlp(), health.meters()))
                .setMaxQueueSize(8_192)
                .setScheduleDelay(Duration.ofSeconds(1))
                .setMeterProvider(health.meters())
                .setInternalTelemetryVersion(InternalTelemetryVersion.LATEST)
                .build();
        Resource resource = Telemetry.resource(config.service());
        SdkLoggerProvider provider = SdkLoggerProvider.builder()
                .setResource(resource)
                .setLogLimits(() ->
                        LogLimits.builder().setMaxAttributeValueLength(32_768).build())
                .addLogRecordProcessor(processor)
                .build();
        QueuedAppender appender = new OtlpAppender(provider, events);
        add(appender);
        dropped.put(appender.getName(), () -> appender.dropped() + health.dropped());
    }

    private void add(QueuedAppender appender) {
        appender.setContext(context);
        appender.start();
        appenders.add(appender);
        dropped.put(appender.getName(), appender::dropped);
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }

    /**
     * What Logback finds before {@link #install}: warnings and errors to standard error. Without it, Logback would
     * print everything down to DEBUG, and look for configuration files first.
     */
    public static final class Quiet extends ContextAwareBase implements Configurator {
        @Override
        public ExecutionStatus configure(LoggerContext context) {
            ch.qos.logback.core.ConsoleAppender<ILoggingEvent> console = new ch.qos.logback.core.ConsoleAppender<>();
            ch.qos.logback.classic.encoder.PatternLayoutEncoder encoder =
                    new ch.qos.logback.classic.encoder.PatternLayoutEncoder();
            encoder.setContext(context);
            encoder.setPattern("%d{yyyy-MM-dd HH:mm:ss.SSS, UTC} %-5level %logger{0}: %msg%n");
            encoder.start();
            console.setContext(context);
            console.setTarget("System.err");
            console.setEncoder(encoder);
            console.start();
            ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
            root.setLevel(ch.qos.logback.classic.Level.WARN);
            root.addAppender(console);
            return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
        }
    }
}
