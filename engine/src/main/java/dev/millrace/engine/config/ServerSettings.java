package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.LONG_MAX;
import static dev.millrace.engine.config.Declarations.Trait.HIDDEN;
import static dev.millrace.engine.config.Declarations.Trait.IMMUTABLE;
import static dev.millrace.engine.config.Declarations.Trait.MANY_ARGUMENTS;
import static dev.millrace.engine.config.Declarations.Trait.SENSITIVE;

import java.util.List;
import java.util.Set;

/** Directives about the process, its log file, access, and what it watches of itself. */
public final class ServerSettings {
  /** Who may use something dangerous. */
  public enum Permission {
    NO,
    YES,
    /** Only connections from the same machine. */
    LOCAL
  }

  /** How much is logged. */
  public enum LogLevel {
    DEBUG,
    VERBOSE,
    NOTICE,
    WARNING
  }

  /** Who starts and watches the process. */
  public enum Supervised {
    UPSTART,
    SYSTEMD,
    AUTO,
    NO
  }

  /** Where syslog files the messages. */
  public enum SyslogFacility {
    USER,
    LOCAL0,
    LOCAL1,
    LOCAL2,
    LOCAL3,
    LOCAL4,
    LOCAL5,
    LOCAL6,
    LOCAL7
  }

  /** Whether and how the kernel's out-of-memory choice is influenced. */
  public enum OomScoreAdj {
    NO,
    YES,
    RELATIVE,
    ABSOLUTE
  }

  /** Channels a new user may use. */
  public enum AclPubsubDefault {
    ALLCHANNELS,
    RESETCHANNELS
  }

  public final NumberDirective databases;
  public final TextDirective requirepass;
  public final TextDirective aclfile;
  public final NumberDirective acllogMaxLen;
  public final ChoiceDirective<AclPubsubDefault> aclPubsubDefault;
  public final ChoiceDirective<Permission> enableDebugCommand;
  public final ChoiceDirective<Permission> enableProtectedConfigs;
  public final ChoiceDirective<Permission> enableModuleCommand;
  public final BooleanDirective daemonize;
  public final TextDirective pidfile;
  public final TextDirective logfile;
  public final ChoiceDirective<LogLevel> loglevel;
  public final BooleanDirective syslogEnabled;
  public final TextDirective syslogIdent;
  public final ChoiceDirective<SyslogFacility> syslogFacility;
  public final BooleanDirective alwaysShowLogo;
  public final BooleanDirective setProcTitle;
  public final TextDirective procTitleTemplate;
  public final ChoiceDirective<Supervised> supervised;
  public final NumberDirective hz;
  public final BooleanDirective dynamicHz;
  public final NumberDirective shutdownTimeout;
  public final ValueDirective<Set<ShutdownMode>> shutdownOnSigint;
  public final ValueDirective<Set<ShutdownMode>> shutdownOnSigterm;
  public final NumberDirective busyReplyThreshold;
  public final NumberDirective slowlogLogSlowerThan;
  public final NumberDirective slowlogMaxLen;
  public final NumberDirective latencyMonitorThreshold;
  public final BooleanDirective latencyTracking;
  public final ValueDirective<List<Double>> latencyTrackingInfoPercentiles;
  public final ValueDirective<Integer> notifyKeyspaceEvents;
  public final ChoiceDirective<OomScoreAdj> oomScoreAdj;
  public final ValueDirective<List<Integer>> oomScoreAdjValues;
  public final BooleanDirective disableThp;
  public final BooleanDirective crashLogEnabled;
  public final BooleanDirective crashMemcheckEnabled;
  public final BooleanDirective useExitOnPanic;
  public final BooleanDirective jemallocBgThread;
  public final TextDirective ignoreWarnings;
  public final TextDirective serverCpulist;
  public final TextDirective bioCpulist;
  public final TextDirective aofRewriteCpulist;
  public final TextDirective bgsaveCpulist;
  public final NumberDirective watchdogPeriod;
  public final BooleanDirective luaEnableDeprecatedApi;

  ServerSettings(Declarations declare) {
    databases = declare.integer("databases", 16, 1, INT_MAX, IMMUTABLE);
    requirepass = declare.text("requirepass", "", SENSITIVE);
    aclfile = declare.text("aclfile", "", IMMUTABLE);
    acllogMaxLen = declare.integer("acllog-max-len", 128, 0, LONG_MAX);
    aclPubsubDefault = declare.choice("acl-pubsub-default", AclPubsubDefault.RESETCHANNELS);
    enableDebugCommand = declare.choice("enable-debug-command", Permission.NO, IMMUTABLE);
    enableProtectedConfigs = declare.choice("enable-protected-configs", Permission.NO, IMMUTABLE);
    enableModuleCommand = declare.choice("enable-module-command", Permission.NO, IMMUTABLE);
    daemonize = declare.bool("daemonize", false, IMMUTABLE);
    pidfile = declare.text("pidfile", "", IMMUTABLE);
    logfile = declare.text("logfile", "", IMMUTABLE);
    loglevel = declare.choice("loglevel", LogLevel.NOTICE);
    syslogEnabled = declare.bool("syslog-enabled", false, IMMUTABLE);
    syslogIdent = declare.text("syslog-ident", "redis", IMMUTABLE);
    syslogFacility = declare.choice("syslog-facility", SyslogFacility.LOCAL0, IMMUTABLE);
    alwaysShowLogo = declare.bool("always-show-logo", false, IMMUTABLE);
    setProcTitle = declare.bool("set-proc-title", true, IMMUTABLE);
    procTitleTemplate =
        declare.text(
            "proc-title-template",
            "{title} {listen-addr} {server-mode}",
            ServerSettings::knownVariables);
    supervised = declare.choice("supervised", Supervised.NO, IMMUTABLE);
    hz = declare.integer("hz", 10, 0, INT_MAX).clampedTo(1, 500);
    dynamicHz = declare.bool("dynamic-hz", true);
    shutdownTimeout = declare.integer("shutdown-timeout", 10, 0, INT_MAX);
    shutdownOnSigint = shutdownModes(declare, "shutdown-on-sigint");
    shutdownOnSigterm = shutdownModes(declare, "shutdown-on-sigterm");
    busyReplyThreshold = declare.integer("busy-reply-threshold|lua-time-limit", 5000, 0, LONG_MAX);
    slowlogLogSlowerThan = declare.integer("slowlog-log-slower-than", 10000, -1, LONG_MAX);
    slowlogMaxLen = declare.integer("slowlog-max-len", 128, 0, LONG_MAX);
    latencyMonitorThreshold = declare.integer("latency-monitor-threshold", 0, 0, LONG_MAX);
    latencyTracking = declare.bool("latency-tracking", true);
    latencyTrackingInfoPercentiles =
        declare.value(
            "latency-tracking-info-percentiles",
            new ListFormats.Percentiles(),
            List.of(50.0, 99.0, 99.9),
            MANY_ARGUMENTS);
    notifyKeyspaceEvents = declare.value("notify-keyspace-events", new KeyspaceEvents.Format(), 0);
    oomScoreAdj = declare.choice("oom-score-adj", OomScoreAdj.NO);
    oomScoreAdjValues =
        declare.value(
            "oom-score-adj-values",
            new ListFormats.OomScores(),
            List.of(0, 200, 800),
            MANY_ARGUMENTS);
    disableThp = declare.bool("disable-thp", true, IMMUTABLE);
    crashLogEnabled = declare.bool("crash-log-enabled", true);
    crashMemcheckEnabled = declare.bool("crash-memcheck-enabled", true);
    useExitOnPanic = declare.bool("use-exit-on-panic", false, HIDDEN);
    jemallocBgThread = declare.bool("jemalloc-bg-thread", true);
    ignoreWarnings = declare.text("ignore-warnings", "");
    serverCpulist = declare.text("server_cpulist", "", IMMUTABLE);
    bioCpulist = declare.text("bio_cpulist", "", IMMUTABLE);
    aofRewriteCpulist = declare.text("aof_rewrite_cpulist", "", IMMUTABLE);
    bgsaveCpulist = declare.text("bgsave_cpulist", "", IMMUTABLE);
    watchdogPeriod = declare.integer("watchdog-period", 0, 0, INT_MAX, HIDDEN);
    luaEnableDeprecatedApi = declare.bool("lua-enable-deprecated-api", false, IMMUTABLE, HIDDEN);
  }

  private static ValueDirective<Set<ShutdownMode>> shutdownModes(
      Declarations declare, String name) {
    return declare.value(
        name, new ListFormats.ShutdownWords(), Set.of(ShutdownMode.DEFAULT), MANY_ARGUMENTS);
  }

  private static String knownVariables(String template) throws ConfigException {
    Set<String> known =
        Set.of(
            "title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file");
    if (template.isEmpty()) {
      throw new ConfigException("template format is invalid or contains unknown variables");
    }
    int at = 0;
    while ((at = template.indexOf('{', at)) >= 0) {
      int end = template.indexOf('}', at);
      if (end < 0 || !known.contains(template.substring(at + 1, end))) {
        throw new ConfigException("template format is invalid or contains unknown variables");
      }
      at = end;
    }
    return template;
  }
}
