package dev.millrace.tools.aof;

import dev.millrace.aof.BaseInfo;
import dev.millrace.aof.LedgerRecord;
import dev.millrace.aof.LogInspector.Finding;
import dev.millrace.engine.snapshot.RdbFormatException;
import dev.millrace.engine.snapshot.RdbReader;
import dev.millrace.engine.value.ValueFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a base: against the ledger's length and checksum where it has them, else as the RDB file it
 * is, whose own checksum stands at its end.
 */
final class BaseCheck {
  private static final int PIECE_BYTES = 1 << 20;
  private static final int DATABASES_MAX = Integer.MAX_VALUE;

  private BaseCheck() {}

  /** What is wrong with the base; empty when nothing is. */
  static Optional<Finding> of(BaseInfo base, List<LedgerRecord> records) throws IOException {
    LedgerRecord.@Nullable BaseAdopted noted = null;
    for (LedgerRecord record : records) {
      if (record instanceof LedgerRecord.BaseAdopted adopted && adopted.offset() == base.offset()) {
        noted = adopted;
      } else if (record instanceof LedgerRecord.Restarted) {
        noted = null;
      }
    }
    try (FileChannel file = FileChannel.open(base.path(), StandardOpenOption.READ)) {
      if (noted == null) {
        return asRdb(base, file);
      }
      if (noted.bytes() != file.size()) {
        return Optional.of(
            damaged(base, "it has " + file.size() + " bytes, it was " + noted.bytes() + " long"));
      }
      if (crc32c(file) != noted.crc32c()) {
        return Optional.of(damaged(base, "its bytes are not those written"));
      }
      return Optional.empty();
    }
  }

  private static Optional<Finding> asRdb(BaseInfo base, FileChannel file) throws IOException {
    try (RdbReader reader = new RdbReader(file, DATABASES_MAX, true);
        TrialLoad values = new TrialLoad()) {
      reader.read(values);
      return Optional.empty();
    } catch (RdbFormatException | ValueFormatException e) {
      return Optional.of(damaged(base, String.valueOf(e.getMessage())));
    }
  }

  private static int crc32c(FileChannel file) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    while (file.read(piece) >= 0) {
      crc.update(piece.flip());
      piece.clear();
    }
    return (int) crc.getValue();
  }

  private static Finding damaged(BaseInfo base, String problem) {
    return new Finding(String.valueOf(base.path().getFileName()), base.offset(), problem, false);
  }
}
