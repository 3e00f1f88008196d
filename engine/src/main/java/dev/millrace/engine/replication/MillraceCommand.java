package dev.millrace.engine.replication;

import static dev.millrace.engine.command.Command.named;
import static dev.millrace.engine.command.CommandFlag.ADMIN;
import static dev.millrace.engine.command.CommandFlag.LOADING;
import static dev.millrace.engine.command.CommandFlag.NOSCRIPT;
import static dev.millrace.engine.command.CommandFlag.STALE;

import dev.millrace.aof.ResyncDecision;
import dev.millrace.aof.ResyncEnd;
import dev.millrace.backlog.OffsetRange;
import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.persistence.DigestsAtOffset;
import dev.millrace.engine.protocol.ReplyWriter;
import java.util.Iterator;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * MILLRACE: what this server can tell that Redis has no command for.
 *
 * <p>Runs on: executor thread.
 */
public final class MillraceCommand implements CommandGroup {
  private static final int RESYNCS_UNLESS_SAID = 10;
  private static final int FIELDS = 12;
  private static final CommandError BAD_COUNT =
      new CommandError("ERR count should be greater than or equal to -1");

  private final Supplier<Replication> replication;
  private final DigestCommand digest;
  private final ApplyCommand apply;

  /** The commands of parts that exist when the first of them runs. */
  public MillraceCommand(
      Supplier<Replication> replication,
      Supplier<DigestsAtOffset> digests,
      Clients clients,
      Supplier<@Nullable ApplyControl> delayed) {
    this.replication = replication;
    this.apply = new ApplyCommand(delayed);
    this.digest = new DigestCommand(digests, clients);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        named("millrace")
            .arity(-2)
            .group("server")
            .since("7.0.0")
            .complexity("Depends on subcommand.")
            .summary("A container for what only Millrace tells of itself.")
            .subcommand(
                subcommand("resyncs", -2)
                    .complexity("O(N) where N is the number of decisions returned")
                    .summary("Tells how replicas that asked were brought up to date, and why.")
                    .arguments(Argument.of("count", "integer").optional())
                    .handledBy(this::resyncs))
            .subcommand(
                subcommand("apply", -3)
                    .complexity("O(1)")
                    .summary("Tells a delayed replica how far to apply, or to catch up.")
                    .arguments(
                        Argument.oneOf(
                            "action",
                            Argument.of("offset", "integer").after("UNTIL"),
                            Argument.of("unix-time-milliseconds", "unix-time").after("UNTIL TIME"),
                            Argument.token("catchup", "CATCHUP"),
                            Argument.token("resume", "RESUME")))
                    .handledBy(apply::run))
            .subcommand(
                named("digest")
                    .arity(-2)
                    .flags(ADMIN, NOSCRIPT, STALE)
                    .group("server")
                    .since("7.0.0")
                    .complexity("O(N) where N is the size of the dataset, in slices")
                    .summary("Tells the digest of the dataset at a replication offset.")
                    .arguments(
                        Argument.of("offset", "integer").after("AT").optional(),
                        Argument.oneOf(
                                "detail",
                                Argument.token("parts", "PARTS"),
                                Argument.of("part", "integer").after("KEYS"))
                            .optional())
                    .handledBy(digest::run))
            .subcommand(
                subcommand("help", 2)
                    .complexity("O(1)")
                    .summary("Shows helpful text about the different subcommands.")
                    .handledBy(
                        HelpText.of(
                            "MILLRACE",
                            "APPLY (UNTIL <offset> | UNTIL TIME <milliseconds> | CATCHUP | RESUME)",
                            "    On a replica with repl-apply-delay: apply nothing that ends after an",
                            "    offset, or that came after a time; apply at once what may be applied;",
                            "    or forget both, and apply each thing at its time.",
                            "DIGEST [AT <offset>] [PARTS | KEYS <part>]",
                            "    The digest of the dataset at this replication offset, or at the",
                            "    first end of a unit after it, as DEBUG DIGEST computes it; with",
                            "    those of 4096 parts, or of the keys of one part.",
                            "RESYNCS [<count>]",
                            "    The newest resync decisions: 10, or so many, or with -1 all that",
                            "    are kept. Each tells who asked, for what, what memory and log",
                            "    held, the rule that decided, the setting that would have changed",
                            "    it, and how many bytes and seconds it took."))));
  }

  private static Command.Builder subcommand(String name, int arity) {
    return named(name)
        .arity(arity)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .group("server")
        .since("7.0.0");
  }

  private void resyncs(Call call) {
    if (call.argc() > 3) {
      throw new CommandError("ERR wrong number of arguments for 'millrace|resyncs' command");
    }
    long wanted = call.argc() == 2 ? RESYNCS_UNLESS_SAID : call.longArgument(2, BAD_COUNT);
    if (wanted < -1) {
      throw BAD_COUNT;
    }
    ResyncAudit audit = replication.get().audit();
    long count = wanted == -1 ? audit.size() : Math.min(wanted, audit.size());
    call.reply().array(count);
    Iterator<ResyncAudit.Entry> entries = audit.newestFirst();
    for (long i = 0; i < count; i++) {
      write(call.reply(), entries.next());
    }
  }

  private static void write(ReplyWriter reply, ResyncAudit.Entry entry) {
    ResyncDecision decision = entry.decision();
    ResyncEnd end = entry.end();
    reply.map(FIELDS);
    reply.bulk("time-ms");
    reply.integer(entry.millis());
    reply.bulk("replica");
    reply.bulk(decision.replica());
    reply.bulk("asked-id");
    reply.bulk(decision.askedId());
    reply.bulk("asked-offset");
    reply.integer(decision.askedStart());
    reply.bulk("memory");
    range(reply, decision.memory());
    reply.bulk("log");
    range(reply, decision.log());
    reply.bulk("outcome");
    reply.bulk(word(decision.outcome()));
    reply.bulk("rule");
    reply.bulk(word(decision.rule()));
    reply.bulk("setting");
    reply.bulk(decision.setting());
    reply.bulk("bytes");
    reply.integer(end == null ? -1 : end.bytes());
    reply.bulk("microseconds");
    reply.integer(end == null ? -1 : end.micros());
    reply.bulk("state");
    reply.bulk(state(entry));
  }

  private static void range(ReplyWriter reply, @Nullable OffsetRange range) {
    reply.array(range == null ? 0 : 2);
    if (range != null) {
      reply.integer(range.start());
      reply.integer(range.end());
    }
  }

  /** The words of an answer or a rule, as settings write them: {@code from-log}. */
  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** One line for INFO. */
  public static String summary(ResyncAudit.Entry entry) {
    ResyncDecision decision = entry.decision();
    ResyncEnd end = entry.end();
    return "outcome="
        + word(decision.outcome())
        + ",rule="
        + word(decision.rule())
        + ",setting="
        + decision.setting()
        + ",state="
        + state(entry)
        + ",bytes="
        + (end == null ? -1 : end.bytes())
        + ",microseconds="
        + (end == null ? -1 : end.micros());
  }

  /** How far it has come. */
  static String state(ResyncAudit.Entry entry) {
    ResyncEnd end = entry.end();
    if (end != null) {
      return end.complete() ? "done" : "broken-off";
    }
    return entry.isUnderWay() ? "under-way" : "unknown";
  }
}
