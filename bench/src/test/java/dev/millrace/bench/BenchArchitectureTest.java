package dev.millrace.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The borders of this module: it stands above the engine, and nothing stands upon it. */
@AnalyzeClasses(packages = "dev.millrace", importOptions = ImportOption.DoNotIncludeTests.class)
class BenchArchitectureTest {
  @ArchTest
  static final ArchRule NOTHING_USES_THE_BENCHMARKS =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.millrace.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.millrace.bench..");

  @ArchTest
  static final ArchRule MEASURES_FROM_OUTSIDE =
      classes()
          .that()
          .resideInAPackage("dev.millrace..")
          .and()
          .haveSimpleNameEndingWith("Benchmark")
          .should()
          .resideInAPackage("dev.millrace.bench")
          .because("what is measured is what others can call, not a part's inside");

  @ArchTest
  static final ArchRule RUNS_KNOW_NO_SERVER =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.millrace.bench.load",
              "dev.millrace.bench.replication",
              "dev.millrace.bench.servers",
              "dev.millrace.bench.sidebyside")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.millrace.engine..", "dev.millrace.aof..", "dev.millrace.backlog..")
          .because("both servers are measured the same way, as processes");
}
