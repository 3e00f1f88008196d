package dev.millrace.engine.net;

/** How sockets are driven. */
public enum TransportChoice {
  /** The first of io_uring, epoll and NIO that works here. */
  AUTO,
  IO_URING,
  EPOLL,
  NIO
}
