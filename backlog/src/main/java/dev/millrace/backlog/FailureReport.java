package dev.millrace.backlog;

import com.lmax.disruptor.ExceptionHandler;
import org.jspecify.annotations.Nullable;

/** Hands what a consumer of the ring threw to the listener. Owned by: the consumer's thread. */
final class FailureReport implements ExceptionHandler<StreamEvent> {
  private final String threadName;
  private final StreamRing.ConsumerFailureListener listener;

  FailureReport(String threadName, StreamRing.ConsumerFailureListener listener) {
    this.threadName = threadName;
    this.listener = listener;
  }

  @Override
  public void handleEventException(Throwable failure, long sequence, @Nullable StreamEvent event) {
    // Without an event it was the idle call.
    listener.onConsumerFailure(threadName, event == null ? "timeout" : event.toString(), failure);
  }

  @Override
  public void handleOnStartException(Throwable failure) {
    listener.onConsumerFailure(threadName, "start", failure);
  }

  @Override
  public void handleOnShutdownException(Throwable failure) {
    listener.onConsumerFailure(threadName, "shutdown", failure);
  }
}
