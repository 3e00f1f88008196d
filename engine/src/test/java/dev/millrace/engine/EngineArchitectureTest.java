package dev.millrace.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The borders of ARCHITECTURE.md, kept by the build. Think hard before editing one. */
@AnalyzeClasses(
    packages = "dev.millrace.engine",
    importOptions = ImportOption.DoNotIncludeTests.class)
class EngineArchitectureTest {
  private static final String E = "dev.millrace.engine.";

  @ArchTest
  static final ArchRule engineKnowsNothingOfWhatStandsAboveIt =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.millrace.tools..", "dev.millrace.bench..");

  @ArchTest
  static final ArchRule memoryAndStructuresKnowNoRedis =
      noClasses()
          .that()
          .resideInAnyPackage(E + "memory..", E + "struct..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              E + "keyspace..",
              E + "value..",
              E + "command..",
              E + "protocol..",
              E + "net..",
              E + "pipeline..",
              E + "persistence..",
              E + "replication..",
              E + "server..",
              E + "config..",
              E + "snapshot..");

  @ArchTest
  static final ArchRule theKeyspaceKnowsNeitherCommandsNorNetwork =
      noClasses()
          .that()
          .resideInAPackage(E + "keyspace..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              E + "value..",
              E + "command..",
              E + "protocol..",
              E + "net..",
              E + "pipeline..",
              E + "persistence..",
              E + "replication..",
              E + "server..",
              E + "config..",
              E + "snapshot..");

  @ArchTest
  static final ArchRule valuesKnowNoCommand =
      noClasses()
          .that()
          .resideInAPackage(E + "value..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              E + "command..",
              E + "protocol..",
              E + "net..",
              E + "pipeline..",
              E + "persistence..",
              E + "replication..",
              E + "server..",
              E + "snapshot..");

  @ArchTest
  static final ArchRule theProtocolKnowsNoSocket =
      noClasses()
          .that()
          .resideInAPackage(E + "protocol..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(E + "net..", E + "command..", E + "pipeline..", E + "server..");

  @ArchTest
  static final ArchRule commandsKnowNotWhoRunsThem =
      noClasses()
          .that()
          .resideInAnyPackage(
              E + "command", E + "command.string..", E + "command.generic..", E + "net..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              E + "pipeline..", E + "persistence..", E + "replication..", E + "server..");

  @ArchTest
  static final ArchRule onlyTheServerWires =
      noClasses()
          .that()
          .resideOutsideOfPackage(E + "server..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(E + "server..");

  @ArchTest
  static final ArchRule l6_theHotPathOpensNoFiles =
      noClasses()
          .that()
          .resideInAnyPackage(
              E + "memory..",
              E + "struct..",
              E + "keyspace..",
              E + "value..",
              E + "command",
              E + "command.string..",
              E + "command.generic..",
              E + "command.transaction..",
              E + "protocol..",
              E + "pipeline..",
              E + "pubsub..",
              E + "tracking..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.nio.file..", "java.nio.channels..", "java.util.concurrent.locks..")
          .because("the executor never waits: no file, no socket, no lock");

  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.millrace.engine.(*)..").should().beFreeOfCycles();
}
