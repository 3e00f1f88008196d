package dev.millrace.engine.integration;

import dev.millrace.engine.integration.CommandGrammar.Comparison;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Whether two replies are the same in the sense a command's form asks for. */
final class Replies {
  /** How far apart two times may be that two servers took from their clocks. */
  private static final long CLOCK_MILLIS = 60_000;

  /**
   * What XINFO tells about the tree that keeps a stream: each server has its own kind of tree, and
   * the numbers after these names are about that.
   */
  private static final List<String> OWN_STRUCTURE = List.of("radix-tree-keys", "radix-tree-nodes");

  private final String text;
  private int at;

  private Replies(byte[] reply) {
    this.text = new String(reply, StandardCharsets.ISO_8859_1);
  }

  static boolean same(byte[] our, byte[] their, Comparison comparison) {
    if (java.util.Arrays.equals(our, their)) {
      return true;
    }
    return switch (comparison) {
      case SAME -> false;
      case ANY_ORDER -> new Replies(our).sorted().equals(new Replies(their).sorted());
      case SHAPE -> shape(our).equals(shape(their));
      case BUT_FOR_TIMES -> alike(new Replies(our).flat(), new Replies(their).flat());
    };
  }

  private static String shape(byte[] reply) {
    String text = new String(reply, StandardCharsets.ISO_8859_1);
    return text.startsWith("$") && !text.startsWith("$-1")
        ? "$"
        : text.substring(0, text.indexOf('\r'));
  }

  private static boolean alike(List<String> our, List<String> their) {
    if (our.size() != their.size()) {
      return false;
    }
    for (int i = 0; i < our.size(); i++) {
      String a = our.get(i);
      String b = their.get(i);
      if (a.equals(b) || i > 0 && OWN_STRUCTURE.contains(a(our.get(i - 1)))) {
        continue;
      }
      boolean times =
          a.startsWith(":")
              && b.startsWith(":")
              && Math.abs(Long.parseLong(a.substring(1)) - Long.parseLong(b.substring(1)))
                  < CLOCK_MILLIS;
      if (!times) {
        return false;
      }
    }
    return true;
  }

  /** The text of a bulk or simple string. */
  private static String a(String item) {
    return item.startsWith("$") ? item.substring(1) : item;
  }

  /** Every leaf in order, and the heads of what holds them. */
  private List<String> flat() {
    List<String> items = new ArrayList<>();
    while (at < text.length()) {
      items.add(item());
    }
    return items;
  }

  /** One reply with the elements of every array in it sorted. */
  private String sorted() {
    String head = item();
    if (head.isEmpty() || "*~>%".indexOf(head.charAt(0)) < 0 || head.startsWith("*-")) {
      return head;
    }
    long count = Long.parseLong(head.substring(1));
    List<String> elements = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      elements.add(head.charAt(0) == '%' ? sorted() + "\n" + sorted() : sorted());
    }
    Collections.sort(elements);
    return head + elements;
  }

  /** A leaf with its content, or the head of an aggregate. */
  private String item() {
    int lineEnd = text.indexOf('\r', at);
    String line = text.substring(at, lineEnd);
    at = lineEnd + 2;
    if ("$=!".indexOf(line.charAt(0)) < 0 || line.startsWith("$-")) {
      return line;
    }
    int length = Integer.parseInt(line.substring(1));
    String content = text.substring(at, at + length);
    at += length + 2;
    return line.charAt(0) + content;
  }
}
