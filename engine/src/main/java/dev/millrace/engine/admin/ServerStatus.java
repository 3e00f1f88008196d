package dev.millrace.engine.admin;

/** What INFO tells of the server that only the server knows. Asked on the executor thread. */
public interface ServerStatus {
  /** The Redis release whose behaviour is kept. */
  String redisVersion();

  /** Our own version. */
  String version();

  /** 40 hexadecimal digits drawn at the start of the process. */
  String runId();

  /** When the server started, in milliseconds since the epoch. */
  long startedMillis();

  /** The port it listens on. */
  int port();

  /** The system interface the I/O threads use: io_uring, epoll or nio. */
  String transport();

  /** How long a shutdown still waits for replicas, in milliseconds; -1 when there is none. */
  long shutdownInMillis();

  /** Bytes received from clients. */
  long networkInputBytes();

  /** Bytes sent to clients. */
  long networkOutputBytes();

  /** Bytes received from a master. */
  long replicationInputBytes();

  /** Bytes sent to replicas. */
  long replicationOutputBytes();

  /** Full syncs given. */
  long fullSyncs();

  /** Partial syncs given. */
  long partialSyncs();

  /** Partial syncs asked for and not given. */
  long partialSyncsRefused();

  /** The dataset that is being loaded, if one is. */
  LoadingStatus loading();
}
