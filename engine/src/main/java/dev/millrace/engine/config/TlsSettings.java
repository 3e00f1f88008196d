package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.Trait.SENSITIVE;

/**
 * Directives about TLS. Accepted and kept; {@code tls-port} other than 0 is the server's to refuse.
 */
public final class TlsSettings {
  /** Whether clients need a certificate. */
  public enum AuthClients {
    NO,
    YES,
    OPTIONAL
  }

  public final NumberDirective port;
  public final TextDirective certFile;
  public final TextDirective keyFile;
  public final TextDirective keyFilePass;
  public final TextDirective clientCertFile;
  public final TextDirective clientKeyFile;
  public final TextDirective clientKeyFilePass;
  public final TextDirective dhParamsFile;
  public final TextDirective caCertFile;
  public final TextDirective caCertDir;
  public final ChoiceDirective<AuthClients> authClients;
  public final BooleanDirective replication;
  public final BooleanDirective cluster;
  public final TextDirective protocols;
  public final TextDirective ciphers;
  public final TextDirective ciphersuites;
  public final BooleanDirective preferServerCiphers;
  public final BooleanDirective sessionCaching;
  public final NumberDirective sessionCacheSize;
  public final NumberDirective sessionCacheTimeout;

  TlsSettings(Declarations declare) {
    port = declare.integer("tls-port", 0, 0, 65535);
    certFile = declare.text("tls-cert-file", "");
    keyFile = declare.text("tls-key-file", "");
    keyFilePass = declare.text("tls-key-file-pass", "", SENSITIVE);
    clientCertFile = declare.text("tls-client-cert-file", "");
    clientKeyFile = declare.text("tls-client-key-file", "");
    clientKeyFilePass = declare.text("tls-client-key-file-pass", "", SENSITIVE);
    dhParamsFile = declare.text("tls-dh-params-file", "");
    caCertFile = declare.text("tls-ca-cert-file", "");
    caCertDir = declare.text("tls-ca-cert-dir", "");
    authClients = declare.choice("tls-auth-clients", AuthClients.YES);
    replication = declare.bool("tls-replication", false);
    cluster = declare.bool("tls-cluster", false);
    protocols = declare.text("tls-protocols", "");
    ciphers = declare.text("tls-ciphers", "");
    ciphersuites = declare.text("tls-ciphersuites", "");
    preferServerCiphers = declare.bool("tls-prefer-server-ciphers", false);
    sessionCaching = declare.bool("tls-session-caching", true);
    sessionCacheSize = declare.integer("tls-session-cache-size", 20480, 0, INT_MAX);
    sessionCacheTimeout = declare.integer("tls-session-cache-timeout", 300, 0, INT_MAX);
  }
}
