package dev.millrace.engine.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.memory.Memory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a stream of bytes decodes to, in words that can be compared. */
record Decoded(List<List<String>> commands, List<@Nullable String> wires, @Nullable String error) {
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Decodes with the bytes cut at the given positions, moving the rest to a new buffer at each. */
  static Decoded of(byte[] stream, int maxCommands, RequestDecoder decoder, int... cuts) {
    List<List<String>> commands = new ArrayList<>();
    List<@Nullable String> wires = new ArrayList<>();
    Request request = new Request();
    RequestBuffer in = new RequestBuffer(64);
    try {
      int from = 0;
      for (int part = 0; part <= cuts.length; part++) {
        int to = part < cuts.length ? cuts[part] : stream.length;
        in.append(stream, from, to - from);
        from = to;
        int before;
        do {
          decoder.decode(in, maxCommands);
          before = in.count();
          for (int i = 0; i < in.count(); i++) {
            in.select(i, request);
            commands.add(texts(request));
            wires.add(wire(request));
          }
          if (in.error() != null) {
            return new Decoded(commands, wires, in.error().reason());
          }
          RequestBuffer rest = new RequestBuffer(64);
          decoder.carry(in, rest);
          in.close();
          in = rest;
        } while (before == maxCommands);
      }
      return new Decoded(commands, wires, null);
    } finally {
      in.close();
    }
  }

  private static List<String> texts(Request request) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < request.argc(); i++) {
      texts.add(request.text(i));
    }
    // Whatever the lookup said must fit the arguments.
    KnownCommand command = request.command();
    int key = command == null ? 0 : command.firstKey();
    boolean hasKey = key > 0 && key < request.argc();
    assertThat(request.keyHash())
        .isEqualTo(hasKey ? Memory.hash(request.address(key), request.length(key)) : 0);
    return texts;
  }

  private static @Nullable String wire(Request request) {
    assertThat(request.wireAddress() == 0).isEqualTo(request.wireLength() == 0);
    return request.wireLength() == 0
        ? null
        : new String(
            Memory.bytes(request.wireAddress(), request.wireLength()), StandardCharsets.ISO_8859_1);
  }
}
