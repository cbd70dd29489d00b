/** The {@code iaa} command. */
module io.github.iaa4j.cli {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires transitive io.github.iaa4j.diffusion;
  requires transitive io.github.iaa4j.llm;
  requires transitive io.github.iaa4j.report;
  requires transitive io.github.iaa4j.toyworld;
  requires transitive io.github.iaa4j.wsss;
  requires com.google.gson;
  requires info.picocli;
  requires java.desktop;
  requires jdk.unsupported;
  requires me.tongfei.progressbar;
  requires org.slf4j;

  exports io.github.iaa4j.cli;

  opens io.github.iaa4j.cli to
      info.picocli;
  opens io.github.iaa4j.cli.output to
      info.picocli;
  opens io.github.iaa4j.cli.quickstart to
      com.google.gson;
}
