package dev.millrace.engine.admin;

import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.DoubleText;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.Intset;
import dev.millrace.engine.struct.Listpack;
import dev.millrace.engine.value.ValueSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The digest of a collection, from the form in which it would be dumped: that form is one for all
 * servers, while each keeps its collections in its own way. The order of elements counts for lists
 * and streams only.
 *
 * <ul>
 *   <li>list: each element is mixed in, first to last;
 *   <li>set: each member is XORed in;
 *   <li>sorted set, hash: each member is mixed with its score ({@code %.17g}), each field with its
 *       value, and for a field that expires {@code !!hexpire!!}; these digests are XORed in;
 *   <li>stream: each entry's ID is mixed in as {@code ms.seq}, then its fields and values.
 * </ul>
 *
 * <p>What that leaves out, when fields expire and the groups of a stream, can be told apart from
 * it.
 *
 * <p>Owned by: executor thread.
 */
final class ValueDigest {
  private static final byte[] FIELD_EXPIRES = "!!hexpire!!".getBytes(StandardCharsets.US_ASCII);
  private static final long NO_EXPIRY = -1;
  private static final int NODE_PLAIN = 1;
  private static final int MODULE = 7;

  private static final int STREAM_DELETED = 1;
  private static final int STREAM_SAME_FIELDS = 2;

  private final Sha1Mix sha1;
  private final Element element = new Element();

  // What no digest of Redis's takes in, of the value at hand.
  private final byte[] beside = new byte[Sha1Mix.BYTES];

  ValueDigest(Sha1Mix sha1) {
    this.sha1 = sha1;
  }

  /**
   * The digest of what {@link #value} left out of the last value: when its fields expire, its
   * groups, their consumers and what is pending. When a consumer was last seen is no part of it:
   * each server has its own idea of that.
   */
  byte[] beside() {
    return beside.clone();
  }

  /** Takes in a value that is not a string. */
  void value(byte[] digest, int rdbType, ValueSource from) throws IOException {
    Arrays.fill(beside, (byte) 0);
    switch (rdbType) {
      case 1 -> plainList(digest, from);
      case 2 -> set(digest, from);
      case 4 -> hash(digest, from, NO_EXPIRY);
      case 5 -> sortedSet(digest, from);
      case MODULE -> module(digest, from);
      case 11 -> intset(digest, from);
      case 16 -> listpackPairs(digest, from, false);
      case 17 -> listpackPairs(digest, from, true);
      case 18 -> list(digest, from);
      case 15, 19, 21 -> {
        stream(digest, from);
        groups(rdbType, from);
      }
      case 24 -> {
        hash(digest, from, from.eightBytes());
      }
      case 25 -> {
        from.eightBytes();
        listpackTriples(digest, from);
      }
      default -> throw new IOException("no digest of RDB type " + rdbType);
    }
  }

  /**
   * The type of value that DEBUG DIGEST takes in, of what an RDB says.
   *
   * @throws IOException when there is no digest of such values
   */
  static int typeOf(int rdbType) throws IOException {
    return switch (rdbType) {
      case MODULE -> Entry.BLOOM;
      case 1, 18 -> Entry.LIST;
      case 2, 11 -> Entry.SET;
      case 5, 17 -> Entry.ZSET;
      case 4, 16, 24, 25 -> Entry.HASH;
      case 15, 19, 21 -> Entry.STREAM;
      default -> throw new IOException("no digest of RDB type " + rdbType);
    };
  }

  private void list(byte[] digest, ValueSource from) throws IOException {
    for (long nodes = from.length(); nodes > 0; nodes--) {
      boolean plain = from.length() == NODE_PLAIN;
      byte[] node = string(from);
      if (plain) {
        sha1.mix(digest, node);
        continue;
      }
      try (Region listpack = copy(node)) {
        long lp = listpack.address();
        for (int at = Listpack.first(lp); at != 0; at = Listpack.next(lp, at)) {
          sha1.mix(digest, element(lp, at));
        }
      }
    }
  }

  /** A module's value: its type's ID, then parts of a kind each, until the kind is 0. */
  private void module(byte[] digest, ValueSource from) throws IOException {
    from.number();
    for (int kind = (int) from.length(); kind != 0; kind = (int) from.length()) {
      switch (kind) {
        case 1, 2 -> sha1.mix(digest, Decimal.bytes(from.number()));
        case 4 -> sha1.mix(digest, Decimal.bytes(from.eightBytes()));
        case 5 -> sha1.mix(digest, string(from));
        default -> throw new IOException("no digest of a module's part of kind " + kind);
      }
    }
  }

  private void plainList(byte[] digest, ValueSource from) throws IOException {
    for (long elements = from.length(); elements > 0; elements--) {
      sha1.mix(digest, string(from));
    }
  }

  private void set(byte[] digest, ValueSource from) throws IOException {
    for (long members = from.length(); members > 0; members--) {
      sha1.xor(digest, string(from));
    }
  }

  private void intset(byte[] digest, ValueSource from) throws IOException {
    try (Region intset = copy(string(from))) {
      for (int i = 0; i < Intset.count(intset.address()); i++) {
        sha1.xor(digest, Decimal.bytes(Intset.get(intset.address(), i)));
      }
    }
  }

  /** Fields say when they expire by what they add to the first that does, and 1; 0 for never. */
  private void hash(byte[] digest, ValueSource from, long firstExpiry) throws IOException {
    for (long fields = from.length(); fields > 0; fields--) {
      long later = firstExpiry == NO_EXPIRY ? 0 : from.length();
      byte[] field = string(from);
      pair(digest, field, string(from), later == 0 ? NO_EXPIRY : firstExpiry + later - 1);
    }
  }

  private void sortedSet(byte[] digest, ValueSource from) throws IOException {
    for (long members = from.length(); members > 0; members--) {
      byte[] member = string(from);
      pair(digest, member, score(Double.longBitsToDouble(from.eightBytes())), NO_EXPIRY);
    }
  }

  private void listpackPairs(byte[] digest, ValueSource from, boolean scores) throws IOException {
    try (Region listpack = copy(string(from))) {
      long lp = listpack.address();
      for (int at = Listpack.first(lp); at != 0; at = Listpack.next(lp, at)) {
        byte[] first = element(lp, at);
        at = Listpack.next(lp, at);
        byte[] second = element(lp, at);
        pair(digest, first, scores ? score(parse(second)) : second, NO_EXPIRY);
      }
    }
  }

  private void listpackTriples(byte[] digest, ValueSource from) throws IOException {
    try (Region listpack = copy(string(from))) {
      long lp = listpack.address();
      for (int at = Listpack.first(lp); at != 0; at = Listpack.next(lp, at)) {
        byte[] field = element(lp, at);
        at = Listpack.next(lp, at);
        byte[] value = element(lp, at);
        at = Listpack.next(lp, at);
        long expiry = integer(lp, at);
        pair(digest, field, value, expiry == 0 ? NO_EXPIRY : expiry);
      }
    }
  }

  private void pair(byte[] digest, byte[] first, byte[] second, long expiry) {
    byte[] one = new byte[Sha1Mix.BYTES];
    sha1.mix(one, first);
    sha1.mix(one, second);
    if (expiry != NO_EXPIRY) {
      sha1.xor(one, FIELD_EXPIRES);
      byte[] when = new byte[Sha1Mix.BYTES];
      sha1.mix(when, first);
      sha1.mix(when, Decimal.bytes(expiry));
      sha1.xor(beside, when);
    }
    sha1.xor(digest, one);
  }

  /** Nodes of a stream: the ID they begin with, big-endian, and a listpack. */
  private void stream(byte[] digest, ValueSource from) throws IOException {
    for (long nodes = from.length(); nodes > 0; nodes--) {
      from.string();
      long ms = Long.reverseBytes(Memory.getLong(from.address()));
      long seq = Long.reverseBytes(Memory.getLong(from.address() + Long.BYTES));
      try (Region listpack = copy(string(from))) {
        streamNode(digest, listpack.address(), ms, seq);
      }
    }
  }

  /** What follows a stream's nodes: its counters, then its groups, which have no order. */
  private void groups(int rdbType, ValueSource from) throws IOException {
    // Length and last ID; then the first one, the last deleted one, and how many were added.
    mixNumbers(beside, from, rdbType == 15 ? 3 : 8);
    byte[] all = new byte[Sha1Mix.BYTES];
    for (long groups = from.length(); groups > 0; groups--) {
      byte[] group = new byte[Sha1Mix.BYTES];
      sha1.mix(group, string(from));
      mixNumbers(group, from, rdbType == 15 ? 2 : 3);
      for (long pending = from.length(); pending > 0; pending--) {
        mixEights(group, from, 3);
        mixNumbers(group, from, 1);
      }
      for (long consumers = from.length(); consumers > 0; consumers--) {
        byte[] consumer = new byte[Sha1Mix.BYTES];
        sha1.mix(consumer, string(from));
        for (int times = rdbType == 21 ? 2 : 1; times > 0; times--) {
          from.eightBytes();
        }
        mixEights(consumer, from, 2 * from.length());
        sha1.xor(group, consumer);
      }
      sha1.xor(all, group);
    }
    sha1.mix(beside, all);
  }

  private void mixNumbers(byte[] digest, ValueSource from, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      sha1.mix(digest, Decimal.bytes(from.number()));
    }
  }

  private void mixEights(byte[] digest, ValueSource from, long count) throws IOException {
    for (long i = 0; i < count; i++) {
      sha1.mix(digest, Decimal.bytes(from.eightBytes()));
    }
  }

  /**
   * Master entry: live count, deleted count, number of fields, fields, 0. Each entry: flags, ms and
   * seq as differences, number of fields unless they are the master's, fields (with names) or
   * values, how many elements that were.
   */
  private void streamNode(byte[] digest, long lp, long ms, long seq) {
    int at = Listpack.first(lp);
    at = Listpack.next(lp, at);
    at = Listpack.next(lp, at);
    byte[][] names = new byte[(int) integer(lp, at)][];
    for (int i = 0; i < names.length; i++) {
      at = Listpack.next(lp, at);
      names[i] = element(lp, at);
    }
    at = Listpack.next(lp, at);
    for (at = Listpack.next(lp, at); at != 0; at = Listpack.next(lp, at)) {
      long flags = integer(lp, at);
      at = Listpack.next(lp, at);
      long entryMs = ms + integer(lp, at);
      at = Listpack.next(lp, at);
      long entrySeq = seq + integer(lp, at);
      boolean sameFields = (flags & STREAM_SAME_FIELDS) != 0;
      boolean deleted = (flags & STREAM_DELETED) != 0;
      int fields = names.length;
      if (!sameFields) {
        at = Listpack.next(lp, at);
        fields = (int) integer(lp, at);
      }
      if (!deleted) {
        String id = Long.toUnsignedString(entryMs) + "." + Long.toUnsignedString(entrySeq);
        sha1.mix(digest, id.getBytes(StandardCharsets.US_ASCII));
      }
      for (int i = 0; i < fields; i++) {
        byte[] name;
        if (sameFields) {
          name = names[i];
        } else {
          at = Listpack.next(lp, at);
          name = element(lp, at);
        }
        at = Listpack.next(lp, at);
        if (!deleted) {
          sha1.mix(digest, name);
          sha1.mix(digest, element(lp, at));
        }
      }
      at = Listpack.next(lp, at);
    }
  }

  private byte[] element(long lp, int at) {
    Listpack.read(lp, at, element);
    return element.bytes();
  }

  private long integer(long lp, int at) {
    Listpack.read(lp, at, element);
    return element.isInteger()
        ? element.integer()
        : Decimal.parse(element.address(), element.length());
  }

  private static double parse(byte[] text) {
    String score = new String(text, StandardCharsets.US_ASCII);
    return switch (score) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(score);
    };
  }

  private static byte[] score(double score) {
    String text =
        Double.isInfinite(score) ? score > 0 ? "inf" : "-inf" : DoubleText.percent17g(score);
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] string(ValueSource from) throws IOException {
    from.string();
    return Memory.bytes(from.address(), Math.toIntExact(from.bytes()));
  }

  private static Region copy(byte[] bytes) {
    Region region = new Region(Math.max(1, bytes.length));
    Memory.put(region.address(), bytes, 0, bytes.length);
    return region;
  }
}
