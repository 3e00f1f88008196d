package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Memory;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over one decoded command. It points into its {@link RequestBuffer} and is valid until
 * that is changed or given back. Moving it allocates nothing.
 *
 * <p>Owned by: whoever reads the buffer, the executor as a rule.
 */
public final class Request {
  private long base;
  private long arguments;
  private int argc;
  private long wireAddress;
  private int wireLength;
  private @Nullable KnownCommand command;
  private long keyHash;

  void point(
      long base,
      long arguments,
      int argc,
      int wireStart,
      int wireLength,
      @Nullable KnownCommand command,
      long keyHash) {
    this.base = base;
    this.arguments = arguments;
    this.argc = argc;
    this.wireAddress = wireLength == 0 ? 0 : base + wireStart;
    this.wireLength = wireLength;
    this.command = command;
    this.keyHash = keyHash;
  }

  /** Number of arguments, the command's name included: at least 1. */
  public int argc() {
    return argc;
  }

  /** Address of argument i's first byte; the name is argument 0. */
  public long address(int i) {
    assert i >= 0 && i < argc : "argument " + i + " of " + argc;
    return base + (Memory.getLong(arguments + 8L * i) >>> 32);
  }

  /** Length of argument i in bytes. */
  public int length(int i) {
    assert i >= 0 && i < argc : "argument " + i + " of " + argc;
    return Memory.getInt(arguments + 8L * i);
  }

  /**
   * Address of the command as it arrived, 0 when those bytes cannot be passed on as they are: it
   * came inline, or with other bytes where a CRLF belongs (which Redis lets pass).
   */
  public long wireAddress() {
    return wireAddress;
  }

  /** Length of the command as it arrived, from {@code *} to the last CRLF; 0 with no address. */
  public int wireLength() {
    return wireLength;
  }

  /** The command of that name, null when unknown. */
  public @Nullable KnownCommand command() {
    return command;
  }

  /** {@link Memory#hash} of the first key, when the command is known and has one; else 0. */
  public long keyHash() {
    return keyHash;
  }

  /** Argument i with each byte as one char (ISO-8859-1), so that no byte is lost. Allocates. */
  public String text(int i) {
    return new String(bytes(i), StandardCharsets.ISO_8859_1);
  }

  /** A copy of argument i. Allocates. */
  public byte[] bytes(int i) {
    return Memory.bytes(address(i), length(i));
  }

  /** Whether argument i spells that keyword, given in lower case, in any mixture of cases. */
  public boolean is(int i, byte[] lowerCaseAscii) {
    return Memory.equalIgnoreCase(address(i), length(i), lowerCaseAscii);
  }
}
