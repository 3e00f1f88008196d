package dev.millrace.engine.command;

import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's MULTI: the commands queued so far, and whether EXEC may still run them.
 *
 * <p>Queued commands are copied, for the buffer they arrived in goes back to its I/O thread.
 *
 * <p>Owned by: executor thread.
 */
public final class Transaction {
  private static final int QUEUE_BYTES = 4096;

  private boolean open;
  private boolean aborted;
  private boolean queuesWrite;
  private List<Command> kinds = List.of();
  private @Nullable RequestBuffer queue;

  /** True between MULTI and EXEC or DISCARD. */
  public boolean isOpen() {
    return open;
  }

  /** MULTI. */
  public void open() {
    this.open = true;
    this.aborted = false;
    this.queuesWrite = false;
  }

  /** A command could not be queued: EXEC answers EXECABORT. */
  public void abort() {
    this.aborted = true;
  }

  public boolean isAborted() {
    return aborted;
  }

  /** Copies a command to the end of the queue. */
  public void queue(Request request, Command command) {
    RequestBuffer target = queue;
    if (target == null) {
      target = new RequestBuffer(QUEUE_BYTES);
      queue = target;
    }
    queuesWrite |= command.isWrite() || command.has(CommandFlag.MAY_REPLICATE);
    noteKind(command);
    target.add(request);
  }

  private void noteKind(Command command) {
    for (int i = 0; i < kinds.size(); i++) {
      if (kinds.get(i).isRefusedLike(command)) {
        return;
      }
    }
    if (kinds.isEmpty()) {
      kinds = new ArrayList<>(2);
    }
    kinds.add(command);
  }

  /**
   * One queued command of each kind that the server's state may refuse: what was allowed when it
   * was queued need not be when EXEC comes.
   */
  public List<Command> kinds() {
    return kinds;
  }

  /** Number of commands queued. */
  public int size() {
    return queue == null ? 0 : queue.count();
  }

  /** Bytes held by the queue. */
  public long memoryBytes() {
    return queue == null ? 0 : queue.memoryBytes();
  }

  /** True when a queued command may add to the stream. */
  public boolean queuesWrite() {
    return queuesWrite;
  }

  /** Moves {@code into} to the queued command {@code index}. */
  public void select(int index, Request into) {
    RequestBuffer source = queue;
    assert source != null;
    source.select(index, into);
  }

  /** Ends the transaction and frees its queue. */
  public void close() {
    open = false;
    aborted = false;
    queuesWrite = false;
    kinds = List.of();
    if (queue != null) {
      queue.close();
      queue = null;
    }
  }
}
