package dev.millrace.engine.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import jdk.net.ExtendedSocketOptions;

/** One of the ways to drive sockets, each with its own channel class and option names. */
@SuppressWarnings("ImmutableEnumChecker") // channel options are constants
enum Transport {
  IO_URING(
      IoUringServerSocketChannel.class,
      IoUringServerDomainSocketChannel.class,
      IoUringChannelOption.TCP_KEEPIDLE,
      IoUringChannelOption.TCP_KEEPINTVL,
      IoUringChannelOption.TCP_KEEPCNT) {
    @Override
    IoHandlerFactory handlers() {
      return IoUringIoHandler.newFactory();
    }

    @Override
    boolean works() {
      return IoUring.isAvailable();
    }

    @Override
    void require() {
      IoUring.ensureAvailability();
    }
  },
  EPOLL(
      EpollServerSocketChannel.class,
      EpollServerDomainSocketChannel.class,
      EpollChannelOption.TCP_KEEPIDLE,
      EpollChannelOption.TCP_KEEPINTVL,
      EpollChannelOption.TCP_KEEPCNT) {
    @Override
    IoHandlerFactory handlers() {
      return EpollIoHandler.newFactory();
    }

    @Override
    boolean works() {
      return Epoll.isAvailable();
    }

    @Override
    void require() {
      Epoll.ensureAvailability();
    }
  },
  NIO(
      NioServerSocketChannel.class,
      NioServerDomainSocketChannel.class,
      NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
      NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
      NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT)) {
    @Override
    IoHandlerFactory handlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    SocketAddress address(Path path) {
      return UnixDomainSocketAddress.of(path);
    }

    @Override
    boolean works() {
      return true;
    }

    @Override
    void require() {}
  };

  final Class<? extends ServerChannel> serverChannel;
  final Class<? extends ServerChannel> serverDomainChannel;
  private final ChannelOption<Integer> keepIdle;
  private final ChannelOption<Integer> keepInterval;
  private final ChannelOption<Integer> keepCount;

  Transport(
      Class<? extends ServerChannel> serverChannel,
      Class<? extends ServerChannel> serverDomainChannel,
      ChannelOption<Integer> keepIdle,
      ChannelOption<Integer> keepInterval,
      ChannelOption<Integer> keepCount) {
    this.serverChannel = serverChannel;
    this.serverDomainChannel = serverDomainChannel;
    this.keepIdle = keepIdle;
    this.keepInterval = keepInterval;
    this.keepCount = keepCount;
  }

  abstract IoHandlerFactory handlers();

  /** The address of a socket in the file system. */
  SocketAddress address(Path path) {
    return new DomainSocketAddress(path.toString());
  }

  abstract boolean works();

  /** Throws what keeps it from working. */
  abstract void require();

  /**
   * A poll that stays armed reports a socket that was reset before it was accepted only once; the
   * read that follows takes the data, and nothing ever reports the end (Netty 4.2.18). Polls that
   * are armed anew for each read see it. Read by Netty when its class is first used; a setting by
   * the operator stands.
   */
  private static void armPollsAnew() {
    String setting = "io.netty.iouring.pollAddMultishotEnabled";
    if (System.getProperty(setting) == null) {
      System.setProperty(setting, "false");
    }
  }

  /** The transport for a choice; throws when one that was asked for by name does not work here. */
  static Transport of(TransportChoice choice) {
    armPollsAnew();
    Transport chosen =
        switch (choice) {
          case AUTO -> IO_URING.works() ? IO_URING : EPOLL.works() ? EPOLL : NIO;
          case IO_URING -> IO_URING;
          case EPOLL -> EPOLL;
          case NIO -> NIO;
        };
    chosen.require();
    return chosen;
  }

  /** Initialises what a listening channel is made of. */
  void prepare(EventLoopGroup group) {
    Channel channel = new ReflectiveChannelFactory<>(serverChannel).newChannel();
    group.register(channel).syncUninterruptibly();
    channel.close().syncUninterruptibly();
  }

  /** Probes after the idle time, three of them within as long again: Redis's proportions. */
  void keepAlive(ServerBootstrap server, int seconds) {
    server.childOption(ChannelOption.SO_KEEPALIVE, seconds > 0);
    if (seconds > 0) {
      server.childOption(keepIdle, seconds);
      server.childOption(keepInterval, Math.max(1, seconds / 3));
      server.childOption(keepCount, 3);
    }
  }
}
