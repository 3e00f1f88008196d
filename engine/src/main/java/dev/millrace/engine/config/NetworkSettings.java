package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.LONG_MAX;
import static dev.millrace.engine.config.Declarations.MEGA;
import static dev.millrace.engine.config.Declarations.Trait.IMMUTABLE;
import static dev.millrace.engine.config.Declarations.Trait.MANY_ARGUMENTS;

import java.util.List;

/** Directives about sockets, clients and their limits. Each field is one directive. */
public final class NetworkSettings {
  /** How sockets are served. */
  public enum IoTransport implements ChoiceDirective.Worded {
    /** The best that the kernel offers. */
    AUTO("auto"),
    IO_URING("io_uring"),
    EPOLL("epoll"),
    NIO("nio");

    private final String word;

    IoTransport(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  public final ValueDirective<List<String>> bind;
  public final TextDirective bindSourceAddr;
  public final NumberDirective port;
  public final BooleanDirective protectedMode;
  public final NumberDirective tcpBacklog;
  public final NumberDirective tcpKeepalive;
  public final NumberDirective timeout;
  public final TextDirective unixsocket;
  public final NumberDirective unixsocketperm;
  public final NumberDirective socketMarkId;
  public final NumberDirective maxclients;
  public final NumberDirective maxmemoryClients;
  public final NumberDirective clientQueryBufferLimit;
  public final NumberDirective protoMaxBulkLen;
  public final ValueDirective<OutputBufferLimits> clientOutputBufferLimit;
  public final NumberDirective trackingTableMaxKeys;

  /**
   * Ours: the number of I/O threads; Redis's directive of that name, with the executor not counted.
   */
  public final NumberDirective ioThreads;

  /** Accepted and kept; I/O threads always read here. */
  public final BooleanDirective ioThreadsDoReads;

  /** Ours: which system interface the I/O threads use. */
  public final ChoiceDirective<IoTransport> ioTransport;

  NetworkSettings(Declarations declare) {
    bind = declare.value("bind", new ListFormats.Bind(), List.of("*", "-::*"), MANY_ARGUMENTS);
    bindSourceAddr = declare.text("bind-source-addr", "");
    port = declare.integer("port", 6379, 0, 65535);
    protectedMode = declare.bool("protected-mode", true);
    tcpBacklog = declare.integer("tcp-backlog", 511, 0, INT_MAX, IMMUTABLE);
    tcpKeepalive = declare.integer("tcp-keepalive", 300, 0, INT_MAX);
    timeout = declare.integer("timeout", 0, 0, INT_MAX);
    unixsocket = declare.text("unixsocket", "", IMMUTABLE);
    unixsocketperm =
        declare.number("unixsocketperm", NumberDirective.Form.OCTAL, 0, 0, 0777, IMMUTABLE);
    socketMarkId = declare.integer("socket-mark-id", 0, 0, 0xFFFFFFFFL, IMMUTABLE);
    maxclients = declare.integer("maxclients", 10000, 1, 0xFFFFFFFFL);
    maxmemoryClients =
        declare.number(
            "maxmemory-clients", NumberDirective.Form.MEMORY_OR_PERCENT, 0, -100, LONG_MAX);
    clientQueryBufferLimit =
        declare.memory("client-query-buffer-limit", 1024 * MEGA, MEGA, LONG_MAX);
    protoMaxBulkLen = declare.memory("proto-max-bulk-len", 512 * MEGA, MEGA, LONG_MAX);
    clientOutputBufferLimit =
        declare.value(
            "client-output-buffer-limit",
            new OutputBufferLimits.Format(),
            OutputBufferLimits.DEFAULT,
            MANY_ARGUMENTS);
    trackingTableMaxKeys = declare.integer("tracking-table-max-keys", 1000000, 0, LONG_MAX);
    ioThreads = declare.integer("io-threads", 1, 1, 128, IMMUTABLE);
    ioThreadsDoReads = declare.bool("io-threads-do-reads", false, IMMUTABLE);
    ioTransport = declare.choice("io-transport", IoTransport.AUTO);
  }
}
