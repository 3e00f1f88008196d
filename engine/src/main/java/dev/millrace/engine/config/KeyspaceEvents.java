package dev.millrace.engine.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The classes of keyspace notifications, as the letters of {@code notify-keyspace-events}. */
public final class KeyspaceEvents {
  /** Publish to the channel of the key. */
  public static final int KEYSPACE = 1;

  /** Publish to the channel of the event. */
  public static final int KEYEVENT = 1 << 1;

  public static final int GENERIC = 1 << 2;
  public static final int STRING = 1 << 3;
  public static final int LIST = 1 << 4;
  public static final int SET = 1 << 5;
  public static final int HASH = 1 << 6;
  public static final int ZSET = 1 << 7;
  public static final int EXPIRED = 1 << 8;
  public static final int EVICTED = 1 << 9;
  public static final int STREAM = 1 << 10;
  public static final int KEY_MISS = 1 << 11;
  public static final int MODULE = 1 << 13;
  public static final int NEW = 1 << 14;

  /** All classes that the letter A stands for. */
  public static final int ALL =
      GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

  private static final String LETTERS = "g$lshzxetdn";
  private static final int[] CLASSES = {
    GENERIC, STRING, LIST, SET, HASH, ZSET, EXPIRED, EVICTED, STREAM, MODULE, NEW
  };

  private KeyspaceEvents() {}

  /** Letters to bits and back, in the order Redis writes them. */
  static final class Format implements ValueDirective.Format<Integer> {
    @Override
    public Integer parse(List<String> words, @Nullable Integer before, Integer now)
        throws ConfigException {
      if (words.size() != 1) {
        throw new ConfigException("wrong number of arguments");
      }
      int flags = 0;
      for (char letter : words.get(0).toCharArray()) {
        int known = LETTERS.indexOf(letter);
        if (known >= 0) {
          flags |= CLASSES[known];
          continue;
        }
        flags |=
            switch (letter) {
              case 'A' -> ALL;
              case 'K' -> KEYSPACE;
              case 'E' -> KEYEVENT;
              case 'm' -> KEY_MISS;
              default ->
                  throw new ConfigException(
                      "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
            };
      }
      return flags;
    }

    @Override
    public String text(Integer value) {
      StringBuilder letters = new StringBuilder();
      if ((value & ALL) == ALL) {
        letters.append('A');
      } else {
        for (int i = 0; i < CLASSES.length; i++) {
          if ((value & CLASSES[i]) != 0) {
            letters.append(LETTERS.charAt(i));
          }
        }
      }
      append(letters, value, KEYSPACE, 'K');
      append(letters, value, KEYEVENT, 'E');
      append(letters, value, KEY_MISS, 'm');
      return letters.toString();
    }

    private static void append(StringBuilder to, int flags, int flag, char letter) {
      if ((flags & flag) != 0) {
        to.append(letter);
      }
    }

    @Override
    public List<Directive.FileLine> lines(String name, Integer value, Integer initial) {
      String line = name + " " + Words.quote(text(value));
      return List.of(new Directive.FileLine(line, !value.equals(initial)));
    }
  }
}
