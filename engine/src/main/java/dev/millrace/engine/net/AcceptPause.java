package dev.millrace.engine.net;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops accepting for a second when a connection cannot be accepted, as when file descriptors have
 * run out: the clients that are connected are served as before, and nothing spins (L7).
 *
 * <p>Switching automatic reading off is enough for epoll and NIO, as Netty's own acceptor does it.
 * With io_uring an accept may be asked for again before the failure is told, so the asking waits
 * here too.
 *
 * <p>Owned by: the listening socket's event loop.
 */
final class AcceptPause extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptPause.class);
  private static final long PAUSE_SECONDS = 1;
  private static final long COMPLAIN_NANOS = TimeUnit.SECONDS.toNanos(60);

  private long complainedNanos = System.nanoTime() - COMPLAIN_NANOS;
  private boolean paused;

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!paused) {
      ctx.read();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    long now = System.nanoTime();
    if (now - complainedNanos >= COMPLAIN_NANOS) {
      complainedNanos = now;
      LOG.warn("connections cannot be accepted at the moment: {}", cause.getMessage());
    }
    if (!paused) {
      paused = true;
      ctx.channel().config().setAutoRead(false);
      var _ = ctx.executor().schedule(() -> goOn(ctx), PAUSE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void goOn(ChannelHandlerContext ctx) {
    paused = false;
    ctx.channel().config().setAutoRead(true);
  }
}
