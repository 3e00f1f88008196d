package dev.millrace.backlog;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a backlog promises to its writer and to a reader, step by step. */
class BacklogTest {
  private static final int BLOCK = 4096;

  private long mappedBefore;

  @BeforeEach
  void rememberMapped() {
    mappedBefore = BlockMemory.mappedBytes();
  }

  @AfterEach
  void everythingIsUnmapped() {
    assertThat(BlockMemory.mappedBytes()).isEqualTo(mappedBefore);
  }

  @Test
  void shouldReadWhatWasAppendedFromAnUnalignedStart() {
    try (Backlog backlog = new Backlog(4090, 10 * BLOCK, BLOCK, 20 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(4090))) {
      append(backlog, "SELECT 0 and more");
      backlog.publish();

      assertThat(read(reader, 100)).isEqualTo("SELECT"); // up to the end of the block
      assertThat(read(reader, 6)).isEqualTo(" 0 and");
      assertThat(read(reader, 100)).isEqualTo(" more");
      assertThat(reader.next(100)).isNull();
      assertThat(reader.fellBehind()).isFalse();
      assertThat(reader.offset()).isEqualTo(4090 + 17);
      assertThat(backlog.held()).isEqualTo(new OffsetRange(4090, 4107));
    }
  }

  @Test
  void shouldNotShowBytesBeforeTheyArePublished() {
    try (Backlog backlog = new Backlog(0, 10 * BLOCK, BLOCK, 20 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(0))) {
      append(backlog, "abc");
      assertThat(backlog.appendedOffset()).isEqualTo(3);
      assertThat(backlog.publishedOffset()).isZero();
      assertThat(reader.next(10)).isNull();
      assertThat(backlog.openReader(1)).isNull();

      backlog.publish();

      assertThat(read(reader, 10)).isEqualTo("abc");
    }
  }

  @Test
  void shouldStopAtTheLimitOffset() {
    try (Backlog backlog = new Backlog(0, 10 * BLOCK, BLOCK, 20 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(0))) {
      append(backlog, "abcdef");
      backlog.publish();
      try (BlockSlice slice = requireNonNull(reader.next(100, 4))) {
        assertThat(slice.offset()).isZero();
        assertThat(slice.endOffset()).isEqualTo(4);
      }
      assertThat(reader.next(100, 4)).isNull();
      assertThat(reader.remainingBytes()).isEqualTo(2);
      assertThat(read(reader, 100)).isEqualTo("ef");
    }
  }

  @Test
  void shouldAppendFromSegmentAddressAndArrayAlike() {
    byte[] text = "0123456789".repeat(1000).getBytes(US_ASCII);
    try (Backlog backlog = new Backlog(77, 100 * BLOCK, BLOCK, 200 * BLOCK);
        Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(text.length);
      MemorySegment.copy(MemorySegment.ofArray(text), 0, source, 0, text.length);
      backlog.append(source, 0, text.length);
      backlog.append(source.address(), text.length);
      backlog.append(text, 0, text.length);
      backlog.publish();
      try (BacklogReader reader = requireNonNull(backlog.openReader(77))) {
        StringBuilder all = new StringBuilder();
        while (reader.remainingBytes() > 0) {
          all.append(read(reader, 1 << 20));
        }
        assertThat(all.toString()).isEqualTo("0123456789".repeat(3000));
      }
    }
  }

  @Test
  void shouldKeepTheRetainedBytesAndTrimTheRest() {
    try (Backlog backlog = new Backlog(0, 3 * BLOCK, BLOCK, 20 * BLOCK)) {
      for (int i = 0; i < 100; i++) {
        fill(backlog, BLOCK / 2);
        backlog.publish();
      }
      OffsetRange held = backlog.held();
      assertThat(held.end()).isEqualTo(50L * BLOCK);
      assertThat(held.lengthBytes()).isBetween(3L * BLOCK, 4L * BLOCK);
      assertThat(backlog.openReader(held.start() - 1)).isNull();
      assertThat(backlog.openReader(held.end() + 1)).isNull();
      requireNonNull(backlog.openReader(held.start())).close();
      requireNonNull(backlog.openReader(held.end())).close();
    }
  }

  @Test
  void shouldTrimGraduallyWhenLessIsRetained() {
    try (Backlog backlog = new Backlog(0, 64 * BLOCK, BLOCK, 128 * BLOCK)) {
      fill(backlog, 64 * BLOCK);
      backlog.publish();
      backlog.retain(BLOCK);
      long afterOneCall = backlog.held().lengthBytes();
      assertThat(afterOneCall).isGreaterThan(32L * BLOCK).isLessThan(64L * BLOCK);
      int turns = 0;
      while (backlog.trim()) {
        turns++;
      }
      assertThat(turns).isGreaterThan(5);
      assertThat(backlog.held().lengthBytes()).isEqualTo(BLOCK);
    }
  }

  @Test
  void shouldTellAReaderThatFellBehind() {
    try (Backlog backlog = new Backlog(0, 0, BLOCK, 20 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(0))) {
      fill(backlog, 10);
      backlog.publish();
      requireNonNull(reader.next(5)).release(); // now it stands in block 0
      fill(backlog, 5 * BLOCK);
      backlog.publish();

      BlockSlice rest = requireNonNull(reader.next(Integer.MAX_VALUE), "its own block stays");
      assertThat(rest.endOffset()).isEqualTo(BLOCK);
      rest.release();
      assertThat(reader.next(1)).isNull();
      assertThat(reader.fellBehind()).isTrue();
      assertThat(reader.next(1)).isNull();
    }
  }

  @Test
  void shouldGrowTheIndexWhenTheWindowGrows() {
    try (Backlog backlog = new Backlog(3 * BLOCK, 0, BLOCK, 2 * BLOCK);
        Hold hold = backlog.hold(3 * BLOCK)) {
      fill(backlog, 100 * BLOCK);
      backlog.publish();
      assertThat(hold.offset()).isEqualTo(3 * BLOCK);
      for (int block = 3; block < 103; block++) {
        try (BacklogReader reader =
                requireNonNull(backlog.openReader((long) block * BLOCK), "block " + block);
            BlockSlice slice = requireNonNull(reader.next(1))) {
          assertThat(slice.buffer().get(0)).isEqualTo(pattern((long) block * BLOCK));
        }
      }
    }
  }

  @Test
  void shouldUseTrimmedBlocksAgainWithoutMappingMore() {
    try (Backlog backlog = new Backlog(0, 2 * BLOCK, BLOCK, 10 * BLOCK)) {
      fill(backlog, 20 * BLOCK);
      backlog.publish();
      long steady = BlockMemory.mappedBytes();
      for (int i = 0; i < 1000; i++) {
        fill(backlog, BLOCK);
        backlog.publish();
        assertThat(BlockMemory.mappedBytes()).isLessThanOrEqualTo(steady + 2 * BLOCK);
      }
      assertThat(backlog.memoryBytes()).isEqualTo(BlockMemory.mappedBytes() - mappedBefore);
    }
  }

  @Test
  void shouldAllocateNothingWhenAppendingAndPublishing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    byte[] command = new byte[300];
    try (Backlog backlog = new Backlog(0, 4 * BLOCK, BLOCK, 20 * BLOCK);
        Hold hold = backlog.hold(0)) {
      long allocated = Long.MAX_VALUE;
      // The first rounds compile and load; a later one must be free of allocation altogether.
      for (int round = 0; round < 50 && allocated != 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
          backlog.append(command, 0, command.length);
          backlog.publish();
          hold.advance(backlog.publishedOffset());
          if (!backlog.hasRoom(command.length)) {
            throw new AssertionError("no room");
          }
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).isZero();
    }
  }

  @Test
  void shouldLeaveBlocksToTheirReadersWhenClosed() {
    Backlog backlog = new Backlog(0, 2 * BLOCK, BLOCK, 10 * BLOCK);
    BacklogReader reader = requireNonNull(backlog.openReader(0));
    append(backlog, "still here");
    backlog.publish();
    BlockSlice slice = requireNonNull(reader.next(100));
    backlog.close();
    backlog.close();

    assertThat(BlockMemory.mappedBytes()).isEqualTo(mappedBefore + BLOCK);
    assertThat(US_ASCII.decode(slice.buffer()).toString()).isEqualTo("still here");
    assertThat(backlog.openReader(10)).isNull();
    assertThat(backlog.tryHold(10)).isNull();
    reader.close();
    slice.release();
    assertThatThrownBy(() -> append(backlog, "more")).isInstanceOf(AssertionError.class);
  }

  @Test
  void shouldGiveBuffersThatAChannelWritesAsTheyAre(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("segment");
    try (Backlog backlog = new Backlog(4000, 10 * BLOCK, BLOCK, 20 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(4000));
        FileChannel channel = FileChannel.open(file, CREATE_NEW, WRITE)) {
      fill(backlog, 3 * BLOCK);
      backlog.publish();
      while (reader.remainingBytes() > 0) {
        try (BlockSlice slice = requireNonNull(reader.next(1500))) {
          assertThat(channel.write(slice.buffer())).isEqualTo(slice.lengthBytes());
        }
      }
    }
    byte[] written = Files.readAllBytes(file);
    assertThat(written).hasSize(3 * BLOCK);
    for (int i = 0; i < written.length; i++) {
      assertThat(written[i]).isEqualTo(pattern(4000 + i));
    }
  }

  @Test
  void shouldShowWhatIsNextWithoutAStepUntilTheReaderGoesOn() {
    try (Backlog backlog = new Backlog(4000, 10 * BLOCK, BLOCK, 20 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(4000))) {
      fill(backlog, 3 * BLOCK);
      backlog.publish();
      long end = 4000 + 3 * BLOCK;
      while (reader.offset() < end) {
        long offset = reader.offset();
        ByteBuffer shown = requireNonNull(reader.peek(1500, end));
        int toBlockEnd = BLOCK - (int) (offset % BLOCK);
        assertThat(shown.remaining())
            .isEqualTo((int) Math.min(Math.min(1500, toBlockEnd), end - offset));
        assertThat(requireNonNull(reader.peek(1500, end)).remaining()).isEqualTo(shown.remaining());
        assertThat(reader.offset()).isEqualTo(offset);
        for (int i = 0; i < shown.remaining(); i++) {
          assertThat(shown.get(shown.position() + i)).isEqualTo(pattern(offset + i));
        }
        // Not all of it: what is left is shown again.
        reader.advance(Math.max(1, shown.remaining() - 100));
      }
      assertThat(reader.peek(1, Long.MAX_VALUE)).isNull();
      assertThatThrownBy(() -> reader.advance(BLOCK)).isInstanceOf(AssertionError.class);
    }
  }

  @Test
  void shouldKeepTheBlockOfWhatItShowedFromBeingTrimmed() {
    try (Backlog backlog = new Backlog(0, BLOCK, BLOCK, 20 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(0))) {
      fill(backlog, 100);
      backlog.publish();
      ByteBuffer shown = requireNonNull(reader.peek(100, Long.MAX_VALUE));
      fill(backlog, 10 * BLOCK);
      backlog.publish();
      for (int i = 0; i < 100; i++) {
        assertThat(shown.get(i)).isEqualTo(pattern(i));
      }
      reader.advance(100);
      assertThat(requireNonNull(reader.peek(1, Long.MAX_VALUE)).get(100)).isEqualTo(pattern(100));
    }
  }

  @Test
  void shouldRefuseASecondReleaseOfASlice() {
    try (Backlog backlog = new Backlog(0, 2 * BLOCK, BLOCK, 10 * BLOCK);
        BacklogReader reader = requireNonNull(backlog.openReader(0))) {
      append(backlog, "x");
      backlog.publish();
      BlockSlice slice = requireNonNull(reader.next(1));
      slice.release();
      assertThatThrownBy(slice::release).hasMessageContaining("released twice");
    }
  }

  @Test
  void shouldRefuseASecondWriterThread() throws InterruptedException {
    try (Backlog backlog = new Backlog(0, 2 * BLOCK, BLOCK, 10 * BLOCK)) {
      append(backlog, "mine");
      Throwable[] thrown = new Throwable[1];
      Thread other = new Thread(() -> append(backlog, "yours"));
      other.setUncaughtExceptionHandler((thread, failure) -> thrown[0] = failure);
      other.start();
      other.join();
      assertThat(thrown[0]).isInstanceOf(AssertionError.class);

      backlog.handOver();
      Thread next = new Thread(() -> append(backlog, "yours"));
      next.start();
      next.join();
      assertThat(backlog.appendedOffset()).isEqualTo(9);
    }
  }

  @Test
  void shouldRefuseUnusableSizes() {
    assertThatThrownBy(() -> new Backlog(0, 0, 5000, 0)).hasMessageContaining("power of two");
    assertThatThrownBy(() -> new Backlog(0, 0, 1024, 0)).hasMessageContaining("power of two");
    assertThatThrownBy(() -> new Backlog(-1, 0, BLOCK, 0)).hasMessageContaining("cannot start");
    assertThatThrownBy(() -> new Backlog(0, -1, BLOCK, 0)).hasMessageContaining("cannot retain");
  }

  /** The byte that every test's stream has at an offset. */
  static byte pattern(long offset) {
    return (byte) ((offset * 0x9E3779B97F4A7C15L) >>> 56);
  }

  /** Appends {@code bytes} bytes of the pattern. */
  static void fill(Backlog backlog, int bytes) {
    byte[] chunk = new byte[bytes];
    long offset = backlog.appendedOffset();
    for (int i = 0; i < bytes; i++) {
      chunk[i] = pattern(offset + i);
    }
    backlog.append(chunk, 0, bytes);
  }

  private static void append(Backlog backlog, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    backlog.append(bytes, 0, bytes.length);
  }

  private static String read(BacklogReader reader, int maxBytes) {
    try (BlockSlice slice = requireNonNull(reader.next(maxBytes))) {
      assertThat(slice.buffer().remaining()).isEqualTo(slice.lengthBytes());
      return US_ASCII.decode(slice.buffer()).toString();
    }
  }
}
