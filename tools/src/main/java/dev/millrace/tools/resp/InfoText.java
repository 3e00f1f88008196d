package dev.millrace.tools.resp;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The fields of a reply to {@code INFO}. Immutable. */
public final class InfoText {
  private final Map<String, String> fields = new HashMap<>();

  InfoText(String reply) {
    for (String line : reply.lines().toList()) {
      int colon = line.indexOf(':');
      if (colon > 0 && !line.startsWith("#")) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
  }

  /** A field as it stands; empty when there is none of this name. */
  public String text(String field) {
    return fields.getOrDefault(field, "");
  }

  /** A field that is a number. */
  public long number(String field) throws IOException {
    String text = text(field);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("INFO has no number " + field + " but '" + text + "'", e);
    }
  }
}
