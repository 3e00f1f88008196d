package dev.millrace.engine.testing;

import java.util.LinkedHashMap;
import java.util.Map;

/** A server a test talks to, Millrace or Redis: what both are asked in the same way. */
public interface Peer {
  /** The TCP port on 127.0.0.1. */
  int port();

  /** A connection shared by the test. */
  RespClient client();

  /** The fields of one section of INFO. */
  default Map<String, String> info(String section) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : client().text("INFO", section).split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0 && !line.startsWith("#")) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return fields;
  }

  /** One field out of INFO, which must be there. */
  default String infoField(String section, String field) {
    String value = info(section).get(field);
    if (value == null) {
      throw new IllegalStateException("INFO " + section + " has no field " + field);
    }
    return value;
  }

  /** One number out of INFO. */
  default long infoNumber(String section, String field) {
    return Long.parseLong(infoField(section, field));
  }

  /** The replication offset of the server's own stream. */
  default long offset() {
    return infoNumber("replication", "master_repl_offset");
  }

  /** DEBUG DIGEST: one number for the whole dataset, the same on every server that holds it. */
  default String digest() {
    return client().text("DEBUG", "DIGEST");
  }
}
