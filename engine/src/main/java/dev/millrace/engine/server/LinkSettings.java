package dev.millrace.engine.server;

import dev.millrace.engine.config.ReplicationSettings;
import dev.millrace.engine.replication.MasterLink;
import java.nio.file.Path;

/** What the configuration says of the link to a master. Any thread. */
final class LinkSettings implements MasterLink.Settings {
  private final Server server;
  private final ReplicationSettings settings;

  LinkSettings(Server server) {
    this.server = server;
    this.settings = server.config.replication;
  }

  @Override
  public String sourceAddress() {
    return server.config.network.bindSourceAddr.value();
  }

  @Override
  public int timeoutSeconds() {
    return settings.replTimeout.intValue();
  }

  @Override
  public int listeningPort() {
    int announced = settings.replicaAnnouncePort.intValue();
    return announced != 0 ? announced : server.network.port();
  }

  @Override
  public String announcedAddress() {
    return settings.replicaAnnounceIp.value();
  }

  @Override
  public boolean rdbChannel() {
    return settings.replRdbChannel.value();
  }

  @Override
  public boolean syncLess() {
    return settings.replSyncLess.value();
  }

  @Override
  public long streamAheadBytesMax() {
    return settings.replicaFullSyncBufferLimit.value();
  }

  @Override
  public Path directory() {
    return Settings.directory(server.config);
  }

  @Override
  public String user() {
    return settings.masteruser.value();
  }

  @Override
  public String password() {
    return settings.masterauth.value();
  }
}
