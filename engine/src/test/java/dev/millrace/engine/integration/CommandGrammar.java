package dev.millrace.engine.integration;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The forms of commands in {@code differential/commands.txt}, which says how they are written, and
 * random commands of these forms.
 *
 * <p>Owned by: the test's thread.
 */
final class CommandGrammar {
  private static final int REPEATED_MAX = 4;

  /** One repetition in so many is a long one. */
  private static final int MANY = 150;

  private static final int MANY_MAX = 200;

  /** One command that may wait in so many is made: each takes a tenth of a second. */
  private static final int WAITS_SELDOM = 100;

  /** How the replies of two servers are compared. */
  enum Comparison {
    SAME,
    ANY_ORDER,
    SHAPE,
    BUT_FOR_TIMES
  }

  /** One form of a command. */
  record Form(String name, Comparison comparison, boolean fragile, boolean waits, Part whole) {
    /** A command of this form. */
    List<Object> make(RandomArguments arguments) {
      List<Object> command = new ArrayList<>();
      whole.append(command, arguments);
      return command;
    }
  }

  /** A part of a form. */
  private sealed interface Part {
    void append(List<Object> command, RandomArguments arguments);
  }

  private record Word(String text) implements Part {
    @Override
    public void append(List<Object> command, RandomArguments arguments) {
      command.add(arguments.chance(10) ? text.toLowerCase(java.util.Locale.ROOT) : text);
    }
  }

  private record Argument(String kind) implements Part {
    @Override
    public void append(List<Object> command, RandomArguments arguments) {
      arguments.append(kind, command);
    }
  }

  private record Sequence(List<Part> parts) implements Part {
    @Override
    public void append(List<Object> command, RandomArguments arguments) {
      parts.forEach(part -> part.append(command, arguments));
    }
  }

  private record Choice(List<Part> among, boolean optional) implements Part {
    @Override
    public void append(List<Object> command, RandomArguments arguments) {
      if (!optional || arguments.chance(2)) {
        among.get(arguments.below(among.size())).append(command, arguments);
      }
    }
  }

  private record Repeated(Part part) implements Part {
    @Override
    public void append(List<Object> command, RandomArguments arguments) {
      int times = arguments.chance(MANY) ? MANY_MAX : REPEATED_MAX;
      for (int i = arguments.below(times); i >= 0; i--) {
        part.append(command, arguments);
      }
    }
  }

  private final List<Form> all = new ArrayList<>();
  private final List<Form> scriptable = new ArrayList<>();

  /**
   * @param has whether a command of that name is there to be tried
   */
  CommandGrammar(Predicate<String> has) {
    for (String line : lines()) {
      if (!line.isBlank() && !line.startsWith("#")
          || line.length() > 1 && Character.isDigit(line.charAt(1))) {
        read(line, has);
      }
    }
  }

  /** Any form, each as often as the file says. */
  Form any(RandomGenerator random) {
    while (true) {
      Form form = all.get(random.nextInt(all.size()));
      if (!form.waits || random.nextInt(WAITS_SELDOM) == 0) {
        return form;
      }
    }
  }

  /** A form whose replies are compared byte by byte and which may be part of a transaction. */
  Form scriptable(RandomGenerator random) {
    return scriptable.get(random.nextInt(scriptable.size()));
  }

  private void read(String line, Predicate<String> has) {
    int space = line.indexOf(' ');
    boolean changesConnection = line.charAt(space - 1) == '!';
    boolean waits = line.charAt(space - 1) == '?';
    boolean fragile = changesConnection || waits;
    int weight = Integer.parseInt(line.substring(1, fragile ? space - 1 : space));
    Comparison comparison =
        switch (line.charAt(0)) {
          case '=' -> Comparison.SAME;
          case '~' -> Comparison.ANY_ORDER;
          case '#' -> Comparison.SHAPE;
          case 't' -> Comparison.BUT_FOR_TIMES;
          default -> throw new IllegalArgumentException(line);
        };
    Parser parser = new Parser(line.substring(space + 1));
    Part whole = parser.sequence();
    if (!parser.atEnd()) {
      throw new IllegalArgumentException("not a form: " + line);
    }
    String[] words = line.substring(space + 1).split(" ");
    List<String> names = new ArrayList<>(List.of(words[0].replaceAll("[()]", "").split("\\|")));
    if (words[0].equals("COMMAND")) {
      names.add(words[2]);
    }
    names.remove("NOSUCH");
    long present = names.stream().filter(has).count();
    if (present < names.size()) {
      return;
    }
    Form form = new Form(words[0], comparison, fragile, waits, whole);
    for (int i = 0; i < weight; i++) {
      all.add(form);
      if (comparison == Comparison.SAME && !changesConnection) {
        scriptable.add(form);
      }
    }
  }

  private static List<String> lines() {
    try (InputStream file =
        CommandGrammar.class.getResourceAsStream("/differential/commands.txt")) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the notation of a form. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    boolean atEnd() {
      return at == text.length();
    }

    /** Parts up to the end, or to what closes or divides a group. */
    Part sequence() {
      List<Part> parts = new ArrayList<>();
      while (!atEnd() && "|])".indexOf(text.charAt(at)) < 0) {
        if (text.charAt(at) == ' ') {
          at++;
          continue;
        }
        Part part = part();
        if (!atEnd() && text.charAt(at) == '+') {
          at++;
          part = new Repeated(part);
        }
        parts.add(part);
      }
      return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
    }

    private Part part() {
      int start = at;
      switch (text.charAt(at)) {
        case '{' -> {
          at = text.indexOf('}', at) + 1;
          return new Argument(text.substring(start + 1, at - 1));
        }
        case '(', '[' -> {
          return choice();
        }
        default -> {
          while (!atEnd() && " |])+".indexOf(text.charAt(at)) < 0) {
            at++;
          }
          return new Word(text.substring(start, at));
        }
      }
    }

    private Part choice() {
      boolean optional = text.charAt(at) == '[';
      List<Part> among = new ArrayList<>();
      do {
        at++;
        among.add(sequence());
      } while (text.charAt(at) == '|');
      if (text.charAt(at++) != (optional ? ']' : ')')) {
        throw new IllegalArgumentException("unclosed in " + text);
      }
      return new Choice(among, optional);
    }
  }
}
