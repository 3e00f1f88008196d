package dev.millrace.engine.net;

import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.RequestDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop's side of one connection: reads into a batch, hands batches to the sink one at a
 * time, writes replies, and sees the end through.
 *
 * <pre>
 *   socket → filling ──(sink took it)──→ away ──(executor gave it back)──→ pool
 * </pre>
 *
 * While a batch is away, the next fills up to {@link #BATCH_BYTES} or {@link #BATCH_COMMANDS}, then
 * reading stops (L7). A connection that has nothing unfinished holds no buffer.
 *
 * <p>Owned by: the connection's event loop.
 */
final class Intake extends ChannelInboundHandlerAdapter {
  /** A batch takes in no more once it has so many bytes and a whole command. */
  static final int BATCH_BYTES = 64 * 1024;

  /** Most commands of a batch. */
  static final int BATCH_COMMANDS = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

  private final NetworkServer server;
  private final LoopMailbox mailbox;
  private final RequestDecoder decoder;
  private final Unsent unsent = new Unsent();
  private @Nullable ChannelHandlerContext context;
  private @Nullable Connection connection;

  private @Nullable RequestBatch filling;
  private @Nullable RequestBatch away;
  private boolean awayOffered;
  private boolean undecoded;
  private boolean reading = true;
  private boolean refused;
  private boolean connectedTold;
  private boolean disconnectedTold;
  private boolean inputDropped;
  private boolean flushPending;
  private boolean closing;
  private boolean socketTaken;

  /** Written by the loop, read by the executor when it parks the batch. */
  private volatile boolean ended;

  /** Written by the loop, read by whoever releases replies. */
  private volatile boolean outputPaused;

  Intake(NetworkServer server, LoopMailbox mailbox) {
    this.server = server;
    this.mailbox = mailbox;
    this.decoder = new RequestDecoder(mailbox.lookup(), server.limits());
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context);
  }

  private Connection connection() {
    return Objects.requireNonNull(connection);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    connection = server.newConnection(ctx.channel(), mailbox, this);
    advance();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      if (inputDropped || ended) {
        return;
      }
      int n = bytes.readableBytes();
      mailbox.countRead(n);
      connection().countRead(n);
      RequestBatch into = filling;
      if (into == null) {
        into = mailbox.takeBatch(connection());
        filling = into;
      }
      bytes.readBytes(into.space(n));
      into.filled(n);
      decode();
      if (isFull(filling)) {
        advance();
      }
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    advance();
  }

  /** Decodes what is there, one command only while the client must authenticate. */
  private void decode() {
    RequestBatch in = filling;
    if (in == null || in.error() != null) {
      return;
    }
    boolean restricted = connection().restricted();
    if (restricted && away != null) {
      // The batch that is away may be the AUTH that lifts the limits.
      undecoded = true;
      return;
    }
    decoder.restricted(restricted);
    decoder.decode(in, restricted ? 1 : BATCH_COMMANDS);
    undecoded = false;
    if (in.error() != null) {
      inputDropped = true;
    } else if (in.count() == 0 && decoder.consumed() > 0) {
      // Empty lines only, and maybe the beginning of a command.
      filling = null;
      carryTail(in);
      mailbox.giveBatch(in);
    }
  }

  private static boolean isFull(@Nullable RequestBatch batch) {
    return batch != null
        && (batch.count() >= BATCH_COMMANDS
            || (batch.count() > 0 && batch.filled() >= BATCH_BYTES));
  }

  /** Moves the beginning of a command behind the whole ones to a batch of its own. */
  private void carryTail(RequestBatch from) {
    if (from.error() == null && decoder.consumed() < from.filled()) {
      RequestBatch next = mailbox.takeBatch(connection());
      decoder.carry(from, next);
      filling = next;
    } else {
      filling = null;
      decoder.reset();
    }
  }

  /** Does whatever can be done now. May be called at any time. */
  void advance() {
    if (refused || connection == null) {
      return;
    }
    if (!connectedTold) {
      if (!server.sink().connected(connection) && !mailbox.isStopping()) {
        refuse();
        return;
      }
      connectedTold = true;
    }
    if (!deliver()) {
      return;
    }
    if (ended) {
      end();
    }
    updateReading();
  }

  /** Hands the next batch to the sink when it is its turn; false when the sink has no room. */
  private boolean deliver() {
    RequestBatch ready = filling;
    if (away == null
        && ready != null
        && (ready.count() > 0 || ready.error() != null)
        && !pauseForOutput()) {
      away = ready;
      awayOffered = false;
      carryTail(ready);
      if (filling != null) {
        decode();
      }
    }
    if (away != null && !awayOffered) {
      if (!mailbox.offerToSink(away)) {
        if (!mailbox.isStopping()) {
          refuse();
          return false;
        }
        mailbox.giveBatch(away);
        away = null;
      }
      awayOffered = true;
    }
    return true;
  }

  private boolean pauseForOutput() {
    long limit = server.outputPauseBytes();
    if (limit == 0 || ended) {
      return false;
    }
    outputPaused = connection().bytesOutstanding() > limit;
    // Looked at again: the last bytes may have left before the flag was seen.
    if (outputPaused && resumesAt(connection().bytesOutstanding())) {
      outputPaused = false;
    }
    return outputPaused;
  }

  /** Whether with so many bytes outstanding a connection that waits for its output goes on. */
  boolean resumesAt(long outstandingBytes) {
    return outputPaused && outstandingBytes <= server.outputPauseBytes() / 2;
  }

  private void refuse() {
    refused = true;
    mailbox.retryLater(this);
    updateReading();
  }

  /** Offers again what the sink refused; false when it refused again. */
  boolean offerAgain() {
    refused = false;
    advance();
    return !refused;
  }

  private void updateReading() {
    RequestBatch next = filling;
    boolean full =
        away != null
            && (isFull(next) || (undecoded && next != null && next.filled() >= BATCH_BYTES));
    boolean wanted = !(refused || full || outputPaused || inputDropped || ended);
    if (wanted != reading) {
      reading = wanted;
      context().channel().config().setAutoRead(wanted);
    }
  }

  /**
   * The batch that fills now, for figures only: another thread may see one that is the executor's
   * or another connection's by now. Any thread.
   */
  @Nullable RequestBatch fillingNow() {
    return filling;
  }

  /** The executor is done with the batch. */
  void returned(RequestBatch batch) {
    assert batch == away : "a batch given back twice";
    away = null;
    mailbox.giveBatch(batch);
    if (undecoded) {
      decode();
    }
    advance();
  }

  /** Writes replies, in order, and does what else the message says. */
  void write(ReplyBuffer first) {
    RequestBatch completed = (RequestBatch) first.completes();
    boolean closeAfter = first.closeAfter();
    mailbox.countWritten(first.chainBytes());
    ChannelHandlerContext ctx = context();
    if (ctx.channel().isActive()) {
      unsent.write(ctx, first);
      needFlush();
    } else {
      first.discardChain();
    }
    if (completed != null) {
      returned(completed);
    }
    if (closeAfter) {
      closeAfterReplies();
    }
  }

  /** Writes bytes of somebody else. */
  void write(ByteBuf bytes) {
    ChannelHandlerContext ctx = context();
    mailbox.countWritten(bytes.readableBytes());
    if (ctx.channel().isActive()) {
      unsent.pour(ctx);
      ChannelFuture _ = ctx.write(bytes, ctx.voidPromise());
      needFlush();
    } else {
      bytes.release();
    }
  }

  private void needFlush() {
    if (!flushPending) {
      flushPending = true;
      mailbox.needsFlush(this);
    }
  }

  void flush() {
    flushPending = false;
    context().flush();
  }

  /** Closes once all replies have left. What else the client sent is not looked at. */
  void closeAfterReplies() {
    inputDropped = true;
    updateReading();
    if (!closing) {
      closing = true;
      unsent.pour(context());
      ChannelFuture _ =
          context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  void closeNow() {
    inputDropped = true;
    Channel channel = context().channel();
    if (socketTaken && channel instanceof DuplexChannel duplex && channel.isActive()) {
      // The descriptor that was lent keeps the socket open; this ends it for both.
      ChannelFuture _ = duplex.shutdown();
    }
    ChannelFuture _ = channel.close();
  }

  void takeSocket(CompletableFuture<TakenSocket> taken) {
    Channel channel = context().channel();
    if (!channel.isActive()) {
      taken.completeExceptionally(new ClosedChannelException());
      return;
    }
    unsent.pour(context());
    ChannelFuture _ =
        context()
            .writeAndFlush(Unpooled.EMPTY_BUFFER)
            .addListener(flushed -> {
              try {
                if (!flushed.isSuccess() || !channel.isActive()) {
                  throw new ClosedChannelException();
                }
                socketTaken = true;
                taken.complete(TakenSocket.of(connection(), channel));
              } catch (IOException e) {
                socketTaken = false;
                taken.completeExceptionally(e);
              }
            });
  }

  void socketReturned() {
    socketTaken = false;
  }

  boolean hasEnded() {
    return ended;
  }

  /**
   * After the client's last byte: what it sent before is still carried out, then the sink hears of
   * it.
   */
  private void end() {
    boolean more = filling != null && (filling.count() > 0 || undecoded);
    boolean waits = more && !inputDropped && away != null && !connection().isParked();
    if (!disconnectedTold && !waits) {
      inputDropped = true;
      if (!server.sink().disconnected(connection()) && !mailbox.isStopping()) {
        refuse();
        return;
      }
      disconnectedTold = true;
      server.forget(connection());
    }
    if (disconnectedTold && filling != null) {
      mailbox.giveBatch(filling);
      filling = null;
    }
    if (disconnectedTold && away == null && context().channel().isActive()) {
      // Half-closed: the replies to the last commands still have a reader.
      closeAfterReplies();
    }
  }

  private void inputEnded() {
    if (!ended) {
      ended = true;
      advance();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    unsent.discard();
    if (connection != null) {
      connection.gone();
    }
    inputEnded();
    advance();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("{}: {}", connection, cause.toString());
    } else {
      LOG.error("{} is closed after an unexpected error", connection, cause);
      inputDropped = true;
    }
    ChannelFuture _ = ctx.close();
  }
}
