package dev.millrace.engine.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every directive the server knows: those of Redis 7.0 with its names, defaults, ranges and error
 * texts, and our own ({@code aof-segment-size}, {@code aof-retention-size}, {@code
 * aof-retention-time}, {@code repl-log-max-gap-percent}, {@code io-transport}). One default
 * differs: {@code appendonly} is yes.
 *
 * <p>Any redis.conf of a single node is accepted. A directive whose meaning does not exist here
 * (for instance {@code aof-use-rdb-preamble}, {@code repl-backlog-ttl}, {@code jemalloc-bg-thread},
 * the CPU lists, {@code proc-title-template}, everything of a cluster) is checked, stored, shown by
 * CONFIG GET and written back, and has no other effect. Modules are refused. {@code user} and
 * {@code rename-command} lines are kept for the server.
 *
 * <p>Texts are ISO-8859-1, one char a byte.
 *
 * <p>Written by: the starting thread, then the executor thread. Directives are read by any thread.
 */
public final class Config {
  private final Map<String, Directive> byName = new HashMap<>();
  private final List<Directive> all;

  public final NetworkSettings network;
  public final MemorySettings memory;
  public final PersistenceSettings persistence;
  public final ReplicationSettings replication;
  public final EncodingSettings encodings;
  public final ServerSettings server;
  public final TlsSettings tls;
  public final ClusterSettings cluster;

  private final List<List<String>> userLines = new ArrayList<>();
  private final List<List<String>> renameLines = new ArrayList<>();
  private @Nullable String file;

  /** Every directive at its default. */
  public Config() {
    Declarations declare = new Declarations();
    network = new NetworkSettings(declare);
    server = new ServerSettings(declare);
    persistence = new PersistenceSettings(declare);
    replication = new ReplicationSettings(declare);
    memory = new MemorySettings(declare);
    encodings = new EncodingSettings(declare);
    tls = new TlsSettings(declare);
    cluster = new ClusterSettings(declare);
    all = Collections.unmodifiableList(declare.all());
    for (Directive directive : all) {
      register(directive.name(), directive);
      String alias = directive.alias();
      if (alias != null) {
        register(alias, directive);
      }
    }
  }

  private void register(String name, Directive directive) {
    if (byName.put(name, directive) != null) {
      throw new IllegalStateException("declared twice: " + name);
    }
  }

  /** Every directive, in the order of declaration. */
  public List<Directive> all() {
    return all;
  }

  /** The directive of that name or alias, in any case; or null. */
  public @Nullable Directive find(String name) {
    return byName.get(name.toLowerCase(Locale.ROOT));
  }

  /** The {@code user} lines, as words, for whoever keeps the users. */
  public List<List<String>> userLines() {
    return Collections.unmodifiableList(userLines);
  }

  /** The {@code rename-command} lines, as words, for whoever keeps the commands. */
  public List<List<String>> renameLines() {
    return Collections.unmodifiableList(renameLines);
  }

  void addRenameLine(List<String> words) {
    renameLines.add(List.copyOf(words));
  }

  void addUserLine(List<String> words) {
    userLines.add(List.copyOf(words));
  }

  /** Absolute path of the file it was read from, or null. */
  public @Nullable String file() {
    return file;
  }

  void file(String absolutePath) {
    this.file = absolutePath;
  }

  /**
   * CONFIG GET.
   *
   * @param patterns names, or globs over names and aliases; in any case
   * @return value by name as it is to be answered; a plain name keeps the case it was asked in
   */
  public Map<String, String> get(List<String> patterns) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String pattern : patterns) {
      if (!GlobPattern.isPattern(pattern)) {
        Directive directive = find(pattern);
        if (directive != null && !containsIgnoringCase(found, pattern)) {
          found.put(pattern, directive.text());
        }
        continue;
      }
      GlobPattern glob = GlobPattern.ignoringCase(pattern);
      for (Directive directive : all) {
        String alias = directive.alias();
        if (!directive.isHidden() && glob.matches(directive.name())) {
          putOnce(found, directive.name(), directive);
        }
        if (!directive.isHidden() && alias != null && glob.matches(alias)) {
          putOnce(found, alias, directive);
        }
      }
    }
    return found;
  }

  private static void putOnce(Map<String, String> found, String name, Directive directive) {
    if (!containsIgnoringCase(found, name)) {
      found.put(name, directive.text());
    }
  }

  private static boolean containsIgnoringCase(Map<String, String> found, String name) {
    return found.containsKey(name) || found.keySet().stream().anyMatch(name::equalsIgnoreCase);
  }

  /**
   * CONFIG SET: sets all or none, and puts the new values into effect.
   *
   * @param namesAndValues alternating; an even number
   * @param allowProtected whether the caller may set protected directives
   * @throws ConfigException with the whole error text, without its code
   */
  public void set(List<String> namesAndValues, boolean allowProtected) throws ConfigException {
    List<Directive> directives = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < namesAndValues.size(); i += 2) {
      String name = namesAndValues.get(i);
      Directive directive = find(name);
      if (directive == null) {
        throw new ConfigException(
            "Unknown option or number of arguments for CONFIG SET - '" + name + "'");
      }
      if (directive.isImmutable()) {
        throw failed(name, "can't set immutable config");
      }
      if (directive.isProtected() && !allowProtected) {
        throw failed(name, "can't set protected config");
      }
      if (!names.add(name.toLowerCase(Locale.ROOT))) {
        throw failed(name, "duplicate parameter");
      }
      directives.add(directive);
    }
    List<Object> before = directives.stream().map(Directive::snapshot).toList();
    for (int i = 0; i < directives.size(); i++) {
      try {
        setOne(directives.get(i), namesAndValues.get(2 * i + 1));
      } catch (ConfigException refused) {
        restore(directives, before, i - 1);
        throw failed(namesAndValues.get(2 * i), refused.text());
      }
    }
    apply(directives, before, namesAndValues);
  }

  private static void setOne(Directive directive, String value) throws ConfigException {
    if (!directive.takesManyArguments()) {
      directive.set(List.of(value));
    } else if (value.isEmpty()) {
      directive.set(List.of());
    } else {
      directive.set(Arrays.asList(value.split(" ", -1)));
    }
  }

  private static void apply(
      List<Directive> directives, List<Object> before, List<String> namesAndValues)
      throws ConfigException {
    Set<Directive.Applier> appliers = new LinkedHashSet<>();
    for (int i = 0; i < directives.size(); i++) {
      Directive directive = directives.get(i);
      Directive.Applier applier = directive.applier();
      boolean changed = !directive.snapshot().equals(before.get(i));
      if (applier == null || !changed || !appliers.add(applier)) {
        continue;
      }
      try {
        applier.apply();
      } catch (ConfigException refused) {
        restore(directives, before, directives.size() - 1);
        applyAgain(appliers);
        throw failed(namesAndValues.get(2 * i), refused.text());
      }
    }
  }

  private static void restore(List<Directive> directives, List<Object> before, int last) {
    // Backwards, so that a directive set twice (by name and by alias) gets its oldest value.
    for (int i = last; i >= 0; i--) {
      directives.get(i).restore(before.get(i));
    }
  }

  private static void applyAgain(Set<Directive.Applier> appliers) {
    for (Directive.Applier applier : appliers) {
      try {
        applier.apply();
      } catch (ConfigException refusedOldValue) {
        // It was in effect a moment ago, so this is the system's doing, and the setting stands.
        org.slf4j.LoggerFactory.getLogger(Config.class)
            .warn("A setting could not be put back into effect: {}", refusedOldValue.text());
      }
    }
  }

  private static ConfigException failed(String name, String why) {
    return new ConfigException(
        "CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }
}
