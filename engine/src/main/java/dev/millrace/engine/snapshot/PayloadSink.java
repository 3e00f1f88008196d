package dev.millrace.engine.snapshot;

import dev.millrace.engine.value.ValueSink;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Encodes the parts of a value at once, into an output that has no file behind it. What goes wrong
 * (the output has grown beyond 2 GiB) is kept until it is {@link #rethrow asked} for; what comes
 * after it is dropped.
 *
 * <p>Owned by: executor thread.
 */
final class PayloadSink implements ValueSink {
  private final RdbOutput out;
  private final StringEncoder strings;
  private @Nullable IOException failure;

  PayloadSink(RdbOutput out, StringEncoder strings) {
    this.out = out;
    this.strings = strings;
  }

  /** Throws what went wrong since the last call. */
  void rethrow() throws IOException {
    IOException thrown = failure;
    failure = null;
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public void type(int rdbType) {
    try {
      if (failure == null) {
        out.putByte(rdbType);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public void length(long value) {
    try {
      if (failure == null) {
        out.putLength(value);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public void string(long address, long bytes) {
    try {
      if (failure == null) {
        strings.put(address, bytes);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public void integer(long value) {
    try {
      if (failure == null) {
        strings.integer(value);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public void eightBytes(long bits) {
    try {
      if (failure == null) {
        out.putLong(bits);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public void raw(long address, long bytes) {
    try {
      if (failure == null) {
        out.putBytes(address, bytes);
      }
    } catch (IOException e) {
      failure = e;
    }
  }
}
