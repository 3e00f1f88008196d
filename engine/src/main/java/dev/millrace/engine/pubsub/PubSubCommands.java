package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandHandler;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import java.util.function.Consumer;

/**
 * SUBSCRIBE, PUBLISH and their kin. A message is part of the replication stream, for replicas have
 * listeners of their own; by law L1 it is so on disk too, where a replay finds nobody listening.
 *
 * <p>Owned by: executor thread.
 */
public final class PubSubCommands implements CommandGroup {
  private final PubSub pubSub;

  /** The commands over these channels. */
  public PubSubCommands(PubSub pubSub) {
    this.pubSub = pubSub;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(PubSubDeclarations.subscribe().handledBy(call -> subscribe(call, Kind.CHANNEL)));
    table.add(PubSubDeclarations.unsubscribe().handledBy(call -> unsubscribe(call, Kind.CHANNEL)));
    table.add(PubSubDeclarations.psubscribe().handledBy(call -> subscribe(call, Kind.PATTERN)));
    table.add(PubSubDeclarations.punsubscribe().handledBy(call -> unsubscribe(call, Kind.PATTERN)));
    table.add(
        PubSubDeclarations.ssubscribe().handledBy(call -> subscribe(call, Kind.SHARD_CHANNEL)));
    table.add(
        PubSubDeclarations.sunsubscribe().handledBy(call -> unsubscribe(call, Kind.SHARD_CHANNEL)));
    table.add(PubSubDeclarations.publish().handledBy(this::publish));
    table.add(PubSubDeclarations.spublish().handledBy(this::publishToShard));
    table.add(
        PubSubDeclarations.pubsub()
            .subcommand(PubSubDeclarations.channels().handledBy(call -> list(call, Kind.CHANNEL)))
            .subcommand(PubSubDeclarations.numsub().handledBy(call -> count(call, Kind.CHANNEL)))
            .subcommand(
                PubSubDeclarations.numpat()
                    .handledBy(call -> call.reply().integer(pubSub.patterns())))
            .subcommand(
                PubSubDeclarations.shardchannels()
                    .handledBy(call -> list(call, Kind.SHARD_CHANNEL)))
            .subcommand(
                PubSubDeclarations.shardnumsub().handledBy(call -> count(call, Kind.SHARD_CHANNEL)))
            .subcommand(PubSubDeclarations.help().handledBy(help())));
  }

  private static CommandHandler help() {
    return HelpText.of(
        "PUBSUB",
        "CHANNELS [<pattern>]",
        "    The channels somebody listens to, or those that fit the pattern.",
        "NUMPAT",
        "    How many patterns somebody listens to.",
        "NUMSUB [<channel> ...]",
        "    How many listen to each channel by its name.",
        "SHARDCHANNELS [<pattern>]",
        "    As CHANNELS, of shard channels.",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    As NUMSUB, of shard channels.");
  }

  private void subscribe(Call call, Kind kind) {
    for (int i = 1; i < call.argc(); i++) {
      pubSub.subscribe(call.client(), kind, call.address(i), call.length(i));
    }
  }

  private void unsubscribe(Call call, Kind kind) {
    if (call.argc() == 1) {
      pubSub.unsubscribeAll(call.client(), kind);
      return;
    }
    for (int i = 1; i < call.argc(); i++) {
      pubSub.unsubscribe(call.client(), kind, call.address(i), call.length(i));
    }
  }

  private void publish(Call call) {
    long receivers =
        pubSub.publish(call.address(1), call.length(1), call.address(2), call.length(2));
    call.propagateAnyway();
    call.reply().integer(receivers);
  }

  private void publishToShard(Call call) {
    long receivers =
        pubSub.publishToShard(call.address(1), call.length(1), call.address(2), call.length(2));
    call.propagateAnyway();
    call.reply().integer(receivers);
  }

  private void list(Call call, Kind kind) {
    if (call.argc() > 3) {
      throw new CommandError(
          "ERR unknown subcommand or wrong number of arguments for '"
              + call.text(1)
              + "'. Try PUBSUB HELP.");
    }
    call.reply().begin();
    int[] found = new int[1];
    Consumer<Topic> show =
        topic -> {
          found[0]++;
          call.reply().bulk(topic.name, topic.length);
        };
    if (call.argc() == 2) {
      pubSub.visit(kind, show);
    } else {
      pubSub.visit(kind, call.address(2), call.length(2), show);
    }
    call.reply().endArray(found[0]);
  }

  private void count(Call call, Kind kind) {
    call.reply().array((call.argc() - 2) * 2L);
    for (int i = 2; i < call.argc(); i++) {
      call.reply().bulk(call.address(i), call.length(i));
      call.reply().integer(pubSub.listeners(kind, call.address(i), call.length(i)));
    }
  }
}
