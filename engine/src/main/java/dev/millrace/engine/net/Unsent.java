package dev.millrace.engine.net;

import dev.millrace.engine.protocol.ReplyBuffer;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.ArrayDeque;

/**
 * Replies of one connection whose socket takes no more for now. Each reply comes in a buffer of its
 * own; here, where they pile up, small ones are put together, so that what waits for a client that
 * does not read takes little more memory than it has bytes (L7).
 *
 * <p>Owned by: the connection's event loop.
 */
final class Unsent {
  /** Buffers the channel may hold before further ones wait here. */
  private static final int WRITES_MAX = 16;

  private final ArrayDeque<ReplyBuffer> waiting = new ArrayDeque<>(0);
  private boolean watching;

  /** Writes a chain, or keeps it until what was written before has left. */
  void write(ChannelHandlerContext ctx, ReplyBuffer first) {
    if (waiting.isEmpty() && !isCongested(ctx.channel())) {
      writeChain(ctx, first);
      return;
    }
    ReplyBuffer b = first;
    while (b != null) {
      ReplyBuffer following = b.detach();
      ReplyBuffer last = waiting.peekLast();
      if (last == null || !last.absorb(b)) {
        waiting.add(b);
      }
      b = following;
    }
    watch(ctx);
  }

  private static void writeChain(ChannelHandlerContext ctx, ReplyBuffer first) {
    ReplyBuffer b = first;
    while (b != null) {
      ReplyBuffer following = b.next();
      ChannelFuture _ = ctx.write(b.wire(), ctx.voidPromise());
      b = following;
    }
  }

  private static boolean isCongested(Channel channel) {
    ChannelOutboundBuffer written = channel.unsafe().outboundBuffer();
    return written != null && written.size() >= WRITES_MAX;
  }

  /** Has the rest written once the channel has sent what it holds. */
  private void watch(ChannelHandlerContext ctx) {
    if (watching) {
      return;
    }
    watching = true;
    ChannelFuture _ =
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
            .addListener(sent -> {
              watching = false;
              if (sent.isSuccess()) {
                proceed(ctx);
              } else {
                discard();
              }
            });
  }

  private void proceed(ChannelHandlerContext ctx) {
    for (int i = 0; i < WRITES_MAX && !waiting.isEmpty(); i++) {
      ChannelFuture _ = ctx.write(waiting.remove().wire(), ctx.voidPromise());
    }
    if (waiting.isEmpty()) {
      ctx.flush();
    } else {
      watch(ctx);
    }
  }

  /** Hands all that waits to the channel: something else is to be written after it. */
  void pour(ChannelHandlerContext ctx) {
    while (!waiting.isEmpty()) {
      ChannelFuture _ = ctx.write(waiting.remove().wire(), ctx.voidPromise());
    }
  }

  /** Gives back what waits: the socket is closed. */
  void discard() {
    while (!waiting.isEmpty()) {
      waiting.remove().discardChain();
    }
  }
}
