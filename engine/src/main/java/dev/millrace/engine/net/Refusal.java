package dev.millrace.engine.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/**
 * A connection that may not stay, for it is one too many or comes from elsewhere: an error, and the
 * end.
 *
 * <p>Owned by: the connection's event loop.
 */
final class Refusal extends ChannelInboundHandlerAdapter {
  /** One too many, in Redis's words. */
  static final Refusal TOO_MANY = new Refusal("-ERR max number of clients reached\r\n");

  /** From another machine, in protected mode. */
  static final Refusal PROTECTED =
      new Refusal(
          "-DENIED protected mode: without a password for the default user, only clients on this"
              + " machine are let in. Set requirepass (or a password by ACL SETUSER default), or"
              + " CONFIG SET protected-mode no where the network itself keeps strangers out.\r\n");

  private final byte[] answer;

  private Refusal(String answer) {
    this.answer = answer.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public boolean isSharable() {
    return true; // it keeps nothing of a connection
  }

  /** Loads what a refusal needs, for when descriptors have run out no class can be loaded. */
  static void prepare() {
    Unpooled.wrappedBuffer(TOO_MANY.answer).release();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ChannelFuture _ =
        ctx.writeAndFlush(Unpooled.wrappedBuffer(answer)).addListener(ChannelFutureListener.CLOSE);
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
