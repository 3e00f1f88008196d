package dev.millrace.engine.replication;

import com.lmax.disruptor.EventHandler;
import dev.millrace.backlog.Pace;
import dev.millrace.backlog.StreamEvent;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Tells each replica that is fed from memory that the stream has grown. The bytes go from the
 * backlog's blocks to the socket on the replica's own event loop; nothing is copied or queued here.
 *
 * <p>Runs on: feeder thread, a consumer of the stream ring. The list of senders is changed by the
 * executor.
 */
public final class Feeder implements EventHandler<StreamEvent> {
  private final CopyOnWriteArrayList<ReplicaSender> senders = new CopyOnWriteArrayList<>();
  private @Nullable Pace pace;

  /** How promptly this takes what is published. Before the ring starts. */
  public void pacedBy(Pace given) {
    pace = given;
  }

  /** Somebody waits for the replicas to have what is published about now. Any thread. */
  void hurry() {
    if (pace != null) {
      pace.hurry();
    }
  }

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
