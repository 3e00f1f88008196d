package dev.millrace.engine.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/**
 * A connection that is one too many: an error, in Redis's words, and the end.
 *
 * <p>Owned by: the connection's event loop.
 */
final class Refusal extends ChannelInboundHandlerAdapter {
  private static final byte[] TOO_MANY =
      "-ERR max number of clients reached\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Loads what a refusal needs, for when descriptors have run out no class can be loaded. */
  static void prepare() {
    Unpooled.wrappedBuffer(TOO_MANY).release();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ChannelFuture _ =
        ctx.writeAndFlush(Unpooled.wrappedBuffer(TOO_MANY))
            .addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ChannelFuture _ = ctx.close();
  }
}
