package dev.millrace.engine.replication;

import com.lmax.disruptor.EventHandler;
import dev.millrace.backlog.StreamEvent;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells each replica that is fed from memory that the stream has grown. The bytes go from the
 * backlog's blocks to the socket on the replica's own event loop; nothing is copied or queued here.
 *
 * <p>Runs on: feeder thread, a consumer of the stream ring. The list of senders is changed by the
 * executor.
 */
public final class Feeder implements EventHandler<StreamEvent> {
  private final CopyOnWriteArrayList<ReplicaSender> senders = new CopyOnWriteArrayList<>();

  /** A replica to be told from now on. */
  void add(ReplicaSender sender) {
    senders.add(sender);
  }

  /** A replica that is gone. */
  void remove(ReplicaSender sender) {
    senders.remove(sender);
  }

  @Override
  public void onEvent(StreamEvent event, long sequence, boolean endOfBatch) {
    if (endOfBatch) {
      for (ReplicaSender sender : senders) {
        sender.streamGrew();
      }
    }
  }
}
