package dev.millrace.engine.admin;

import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;

/** DEBUG PROTOCOL: a value of each type of the protocol, the same that Redis answers. */
final class DebugProtocol {
  private static final CommandError UNKNOWN =
      new CommandError(
          "ERR Wrong protocol type name. Please use one of the following:"
              + " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
  private static final int ELEMENTS = 3;

  void reply(ReplyWriter reply, String type) {
    switch (type) {
      case "string" -> reply.bulk("Hello World");
      case "integer" -> reply.integer(12345);
      case "double" -> reply.doubleText("3.141".getBytes(StandardCharsets.US_ASCII));
      case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
      case "null" -> reply.nullBulk();
      case "true" -> reply.bool(true);
      case "false" -> reply.bool(false);
      case "verbatim" ->
          reply.verbatim("txt", "This is a verbatim\nstring".getBytes(StandardCharsets.US_ASCII));
      case "array", "set", "map" -> collection(reply, type);
      case "attrib" -> {
        if (reply.protocol() == 3) {
          reply.attribute(1);
          reply.bulk("key-popularity");
          reply.array(2);
          reply.bulk("key:123");
          reply.integer(90);
        }
        reply.bulk("Some real reply following the attribute");
      }
      case "push" -> {
        if (reply.protocol() == 2) {
          throw new CommandError("ERR RESP2 is not supported by this command");
        }
        reply.push(2);
        reply.bulk("server-cpu-usage");
        reply.integer(42);
        reply.bulk("Some real reply following the push reply");
      }
      default -> throw UNKNOWN;
    }
  }

  private static void collection(ReplyWriter reply, String type) {
    switch (type) {
      case "array" -> reply.array(ELEMENTS);
      case "set" -> reply.set(ELEMENTS);
      default -> reply.map(ELEMENTS);
    }
    for (int i = 0; i < ELEMENTS; i++) {
      reply.integer(i);
      if (type.equals("map")) {
        reply.bool(i == 1);
      }
    }
  }
}
