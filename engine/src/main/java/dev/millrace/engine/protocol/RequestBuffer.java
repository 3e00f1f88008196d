package dev.millrace.engine.protocol;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes a client sent, and the index of the commands found in them. The bytes stay where they
 * arrived; the index holds positions relative to the buffer, so that both may grow.
 *
 * <pre>
 *   bytes   [ command 0 | command 1 | ... | beginning of the next command | free ]
 *                                                                          ^ filled
 *   arguments, one 8-byte word each:  length (low 32 bits) | position (high 32 bits)
 *   command i owns the words [firstArgument[i], firstArgument[i + 1])
 * </pre>
 *
 * It also serves to keep commands for later (a MULTI queue): see {@link #add(Request)}.
 *
 * <p>Owned by: one thread at a time; handing it over publishes it.
 */
public class RequestBuffer implements AutoCloseable {
  /** Bytes a buffer begins with; the pages behind it are touched only as bytes arrive. */
  public static final int INITIAL_BYTES = 128 * 1024;

  private static final int INITIAL_ARGUMENTS = 2048;
  private static final int INITIAL_COMMANDS = 64;

  private Region region;
  private ByteBuffer view;
  private long base;
  private int capacity;
  private int filled;
  private int expected;
  private boolean borrowed;

  private Region argumentRegion = new Region(8L * INITIAL_ARGUMENTS);
  private long arguments = argumentRegion.address();
  private int argumentCapacity = INITIAL_ARGUMENTS;
  private int argumentCount;

  private int count;
  private int[] firstArgument = new int[INITIAL_COMMANDS + 1];
  private int[] wireStart = new int[INITIAL_COMMANDS];
  private int[] wireLength = new int[INITIAL_COMMANDS];
  private @Nullable KnownCommand[] commands = new @Nullable KnownCommand[INITIAL_COMMANDS];
  private long[] keyHashes = new long[INITIAL_COMMANDS];
  private @Nullable ProtocolError error;

  /** A buffer of the usual size. */
  public RequestBuffer() {
    this(INITIAL_BYTES);
  }

  /** A buffer that begins with that many bytes. */
  @SuppressWarnings("this-escape") // adopt is private
  public RequestBuffer(int initialBytes) {
    region = new Region(initialBytes);
    view = region.view();
    base = region.address();
    capacity = initialBytes;
  }

  /** Number of whole commands. */
  public final int count() {
    return count;
  }

  /** Points the cursor at command i. */
  public final void select(int i, Request into) {
    assert i >= 0 && i < count : "command " + i + " of " + count;
    int first = firstArgument[i];
    into.point(
        base,
        arguments + 8L * first,
        firstArgument[i + 1] - first,
        wireStart[i],
        wireLength[i],
        commands[i],
        keyHashes[i]);
  }

  /** {@link Request#keyHash} of command i, without moving a cursor there. */
  public final long keyHash(int i) {
    assert i >= 0 && i < count : "command " + i + " of " + count;
    return keyHashes[i];
  }

  /** Hash of the {@link KnownCommand#member} of command i; 0 when it has none. */
  public final long memberHash(int i) {
    KnownCommand command = commands[i];
    int member = command == null ? 0 : command.member();
    int at = firstArgument[i] + member;
    if (member == 0 || at >= firstArgument[i + 1]) {
      return 0;
    }
    long word = argumentWord(at);
    return Memory.hash(base + (word >>> 32), word & 0xffffffffL);
  }

  /** The mistake that follows the last command; null when there is none. */
  public final @Nullable ProtocolError error() {
    return error;
  }

  /** Bytes held, those of the command that is not whole yet included. */
  public final int filled() {
    return filled;
  }

  /** Bytes there is room for without growing. */
  public final int capacity() {
    return capacity;
  }

  /** Off-heap bytes of buffer and index together. */
  public final long memoryBytes() {
    return capacity + 8L * argumentCapacity;
  }

  /**
   * Off-heap bytes that count as its owner's: those filled, and the whole once it has grown. What a
   * buffer begins with is shared, for it goes round among all owners.
   */
  public final long heldBytes() {
    long index = argumentCapacity > INITIAL_ARGUMENTS ? argumentCapacity : argumentCount;
    return (capacity > INITIAL_BYTES ? capacity : filled) + 8L * index;
  }

  /** Off-heap bytes of the index of arguments in use. */
  public final long indexBytes() {
    return 8L * argumentCount;
  }

  /**
   * A view of exactly the next {@code bytes} bytes to be filled; follow by {@link #filled(int)}.
   * The same object every time.
   */
  public final ByteBuffer space(int bytes) {
    ensureRoom(bytes);
    return view.limit(filled + bytes).position(filled);
  }

  /** Says that {@code bytes} more bytes were filled in. */
  public final void filled(int bytes) {
    assert bytes >= 0 && filled + bytes <= capacity;
    filled += bytes;
  }

  /** Appends bytes from memory. */
  public final void append(long address, int bytes) {
    ensureRoom(bytes);
    Memory.copy(address, base + filled, bytes);
    filled += bytes;
  }

  /** Appends bytes from an array. */
  public final void append(byte[] from, int offset, int bytes) {
    ensureRoom(bytes);
    Memory.put(base + filled, from, offset, bytes);
    filled += bytes;
  }

  /**
   * Holds bytes that lie elsewhere and stay as they are, in place of its own, until {@link #clear}.
   * Nothing may be appended to them.
   */
  public final void borrow(long address, int bytes) {
    assert filled == 0 && count == 0 : "the buffer holds bytes of its own";
    borrowed = true;
    base = address;
    capacity = bytes;
    filled = bytes;
  }

  /** Keeps a copy of a command of another buffer, as the last of this one. */
  public final void add(Request request) {
    int start = filled;
    int wire = request.wireLength();
    int argc = request.argc();
    if (wire > 0) {
      append(request.wireAddress(), wire);
      for (int i = 0; i < argc; i++) {
        addArgument(start + (int) (request.address(i) - request.wireAddress()), request.length(i));
      }
    } else {
      for (int i = 0; i < argc; i++) {
        int position = filled;
        append(request.address(i), request.length(i));
        addArgument(position, request.length(i));
      }
    }
    endCommand(start, wire, request.command(), request.keyHash());
  }

  /** Appends a command made here, not by a client. It has no wire bytes. */
  public final void add(CommandLookup lookup, byte[]... command) {
    int start = filled;
    for (byte[] argument : command) {
      int position = filled;
      append(argument, 0, argument.length);
      addArgument(position, argument.length);
    }
    endCommand(start, 0, lookup);
  }

  /** Appends an argument of a command that is made here, piece by piece; see {@link #endMade}. */
  public final void argument(long address, int bytes) {
    int position = filled;
    append(address, bytes);
    addArgument(position, bytes);
  }

  /** Appends an argument, as {@link #argument(long, int)}. */
  public final void argument(byte[] bytes) {
    int position = filled;
    append(bytes, 0, bytes.length);
    addArgument(position, bytes.length);
  }

  /** Ends the command whose arguments were appended last. It has no wire bytes. */
  public final void endMade(CommandLookup lookup) {
    endCommand(filled, 0, lookup);
  }

  /** Forgets everything. Memory that was grown is given back. */
  public void clear() {
    if (borrowed) {
      borrowed = false;
      base = region.address();
      capacity = (int) region.bytes();
    }
    if (capacity > INITIAL_BYTES) {
      region.close();
      region = new Region(INITIAL_BYTES);
      view = region.view();
      base = region.address();
      capacity = INITIAL_BYTES;
    }
    if (argumentCapacity > INITIAL_ARGUMENTS) {
      argumentRegion.close();
      argumentRegion = new Region(8L * INITIAL_ARGUMENTS);
      arguments = argumentRegion.address();
      argumentCapacity = INITIAL_ARGUMENTS;
    }
    Arrays.fill(commands, 0, count, null);
    filled = 0;
    expected = 0;
    argumentCount = 0;
    count = 0;
    error = null;
  }

  /** Unmaps the memory; the buffer must not be used any more. */
  @Override
  public void close() {
    region.close();
    argumentRegion.close();
  }

  // What the decoder does.

  final long base() {
    return base;
  }

  final int argumentCount() {
    return argumentCount;
  }

  final int argumentsOfWholeCommands() {
    return firstArgument[count];
  }

  final long argumentWord(int i) {
    return Memory.getLong(arguments + 8L * i);
  }

  final void error(ProtocolError error) {
    this.error = error;
  }

  /** The command being received will reach up to that position: growing stops there at first. */
  final void expect(long end) {
    expected = (int) Math.min(end, RequestLimits.COMMAND_BYTES_MAX);
  }

  /** Drops what follows the last whole command, because it was carried to another buffer. */
  final void cut(int filledBytes) {
    filled = filledBytes;
    argumentCount = firstArgument[count];
  }

  final void addArgument(int position, int length) {
    if (argumentCount == argumentCapacity) {
      growArguments();
    }
    Memory.putLong(arguments + 8L * argumentCount, (long) position << 32 | length);
    argumentCount++;
  }

  /**
   * Ends a command whose arguments were added since the last: looks it up, hashes its first key.
   */
  final void endCommand(int start, int wire, CommandLookup lookup) {
    int first = firstArgument[count];
    long name = argumentWord(first);
    int nameLength = (int) name;
    KnownCommand command = lookup.find(base + (name >>> 32), nameLength);
    long hash = 0;
    if (command != null) {
      int key = command.firstKey();
      if (key > 0 && first + key < argumentCount) {
        long word = argumentWord(first + key);
        hash = Memory.hash(base + (word >>> 32), word & 0xffffffffL);
      }
    }
    endCommand(start, wire, command, hash);
  }

  private void endCommand(int start, int wire, @Nullable KnownCommand command, long keyHash) {
    if (count == wireStart.length) {
      int n = count * 2;
      firstArgument = Arrays.copyOf(firstArgument, n + 1);
      wireStart = Arrays.copyOf(wireStart, n);
      wireLength = Arrays.copyOf(wireLength, n);
      commands = Arrays.copyOf(commands, n);
      keyHashes = Arrays.copyOf(keyHashes, n);
    }
    wireStart[count] = start;
    wireLength[count] = wire;
    commands[count] = command;
    keyHashes[count] = keyHash;
    count++;
    firstArgument[count] = argumentCount;
  }

  /**
   * Makes room for {@code bytes} more: doubles, but not beyond the end that is known, so that
   * memory follows the bytes that arrived and not the length a client announced.
   */
  final void ensureRoom(int bytes) {
    if (bytes <= capacity - filled) {
      return;
    }
    if (borrowed) {
      throw new IllegalStateException("nothing can be appended to borrowed bytes");
    }
    long needed = (long) filled + bytes;
    long target = Math.max(needed, 2L * capacity);
    if (expected > needed) {
      target = Math.min(target, expected);
    }
    if (target > Integer.MAX_VALUE) {
      throw new IllegalStateException("a request buffer of " + target + " bytes");
    }
    Region larger = new Region(target);
    Memory.copy(base, larger.address(), filled);
    region.close();
    region = larger;
    view = larger.view();
    base = larger.address();
    capacity = (int) target;
  }

  private void growArguments() {
    int larger = argumentCapacity * 2;
    Region grown = new Region(8L * larger);
    Memory.copy(arguments, grown.address(), 8L * argumentCount);
    argumentRegion.close();
    argumentRegion = grown;
    arguments = grown.address();
    argumentCapacity = larger;
  }
}
