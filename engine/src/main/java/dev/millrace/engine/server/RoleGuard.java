package dev.millrace.engine.server;

import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.config.ReplicationSettings;
import dev.millrace.engine.pipeline.Gatekeeper;
import dev.millrace.engine.replication.MasterLink;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a replica does not do for its clients: writes, reads of data that is out of date
 * when that is forbidden; and nearly everything, of any server, while its dataset is being loaded.
 *
 * <p>Owned by: executor thread.
 */
final class RoleGuard implements Gatekeeper {
  private static final String LOADING = "LOADING Redis is loading the dataset in memory";

  private final Supplier<ReplicaRole> role;
  private final ReplicationSettings settings;

  RoleGuard(Supplier<ReplicaRole> role, ReplicationSettings settings) {
    this.role = role;
    this.settings = settings;
  }

  @Override
  public @Nullable String refusal(Command command, boolean queued) {
    ReplicaRole now = role.get();
    MasterLink link = now.link();
    String refusal = link == null ? null : ofReplica(command, link);
    return refusal != null ? refusal : whileLoading(command, now.loading());
  }

  private @Nullable String ofReplica(Command command, MasterLink link) {
    if (command.isWrite() && settings.replicaReadOnly.value()) {
      return "READONLY You can't write against a read only replica.";
    }
    if (!link.isConnected()
        && !settings.replicaServeStaleData.value()
        && !command.has(CommandFlag.STALE)) {
      return "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
    }
    return null;
  }

  private static @Nullable String whileLoading(Command command, Loading loading) {
    if (loading.isBlocking() && !command.has(CommandFlag.LOADING)) {
      return LOADING;
    }
    if (loading.isAsync() && command.has(CommandFlag.NO_ASYNC_LOADING)) {
      return LOADING;
    }
    return null;
  }
}
