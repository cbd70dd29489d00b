/** The contracts between the stages, the orchestration, and data sets in and out. */
module io.github.iaa4j.core {
  requires static transitive org.jspecify;
  requires transitive java.desktop;
  requires com.google.gson;
  requires org.slf4j;

  exports io.github.iaa4j.core;
  exports io.github.iaa4j.core.dataset;
  exports io.github.iaa4j.core.filter;
  exports io.github.iaa4j.core.output;
  exports io.github.iaa4j.core.plan;
  exports io.github.iaa4j.core.prompt;
  exports io.github.iaa4j.core.sampling;
  exports io.github.iaa4j.core.testing;
  exports io.github.iaa4j.core.wsss;

  opens io.github.iaa4j.core.output to
      com.google.gson;
  opens io.github.iaa4j.core.prompt to
      com.google.gson;
  opens io.github.iaa4j.core.sampling to
      com.google.gson;
}
