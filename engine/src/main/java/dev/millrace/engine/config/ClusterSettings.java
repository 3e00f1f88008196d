package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.LONG_MAX;
import static dev.millrace.engine.config.Declarations.Trait.IMMUTABLE;

/** Directives about a cluster. Accepted and kept: a single node has no use for them. */
public final class ClusterSettings {
  /** What a redirected client is told. */
  public enum EndpointType {
    IP,
    HOSTNAME,
    UNKNOWN_ENDPOINT
  }

  public final BooleanDirective enabled;
  public final TextDirective configFile;
  public final NumberDirective port;
  public final NumberDirective nodeTimeout;
  public final NumberDirective migrationBarrier;
  public final NumberDirective replicaValidityFactor;
  public final BooleanDirective replicaNoFailover;
  public final BooleanDirective requireFullCoverage;
  public final BooleanDirective allowReplicaMigration;
  public final BooleanDirective allowReadsWhenDown;
  public final BooleanDirective allowPubsubshardWhenDown;
  public final NumberDirective linkSendbufLimit;
  public final TextDirective announceIp;
  public final TextDirective announceHostname;
  public final NumberDirective announcePort;
  public final NumberDirective announceTlsPort;
  public final NumberDirective announceBusPort;
  public final ChoiceDirective<EndpointType> preferredEndpointType;

  ClusterSettings(Declarations declare) {
    enabled = declare.bool("cluster-enabled", false, IMMUTABLE);
    configFile = declare.text("cluster-config-file", "nodes.conf", IMMUTABLE);
    port = declare.integer("cluster-port", 0, 0, 65535, IMMUTABLE);
    nodeTimeout = declare.integer("cluster-node-timeout", 15000, 0, LONG_MAX);
    migrationBarrier = declare.integer("cluster-migration-barrier", 1, 0, INT_MAX);
    replicaValidityFactor =
        declare.integer(
            "cluster-replica-validity-factor|cluster-slave-validity-factor", 10, 0, INT_MAX);
    replicaNoFailover =
        declare.bool("cluster-replica-no-failover|cluster-slave-no-failover", false);
    requireFullCoverage = declare.bool("cluster-require-full-coverage", true);
    allowReplicaMigration = declare.bool("cluster-allow-replica-migration", true);
    allowReadsWhenDown = declare.bool("cluster-allow-reads-when-down", false);
    allowPubsubshardWhenDown = declare.bool("cluster-allow-pubsubshard-when-down", true);
    linkSendbufLimit =
        declare.number(
            "cluster-link-sendbuf-limit", NumberDirective.Form.UNSIGNED_MEMORY, 0, 0, -1L);
    announceIp = declare.text("cluster-announce-ip", "");
    announceHostname = declare.text("cluster-announce-hostname", "", ClusterSettings::hostname);
    announcePort = declare.integer("cluster-announce-port", 0, 0, 65535);
    announceTlsPort = declare.integer("cluster-announce-tls-port", 0, 0, 65535);
    announceBusPort = declare.integer("cluster-announce-bus-port", 0, 0, 65535);
    preferredEndpointType = declare.choice("cluster-preferred-endpoint-type", EndpointType.IP);
  }

  private static String hostname(String text) throws ConfigException {
    boolean plain =
        text.chars()
            .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '.'));
    if (!plain) {
      throw new ConfigException(
          "Hostnames may only contain alphanumeric characters, hyphens or dots");
    }
    return text;
  }
}
