/** The contracts between the stages, the orchestration, and data sets in and out. */
@SuppressWarnings("module") // The modules of the qualified export are compiled later.
module io.github.iaa4j.core {
  requires static transitive org.jspecify;
  requires transitive java.desktop;
  requires com.google.gson;
  requires de.siegmar.fastcsv;
  requires org.slf4j;

  exports io.github.iaa4j.core;
  exports io.github.iaa4j.core.dataset;
  exports io.github.iaa4j.core.error;
  exports io.github.iaa4j.core.filter;
  exports io.github.iaa4j.core.outcome;
  exports io.github.iaa4j.core.plan;
  exports io.github.iaa4j.core.prompt;
  exports io.github.iaa4j.core.run;
  exports io.github.iaa4j.core.sampling;
  exports io.github.iaa4j.core.settings;
  exports io.github.iaa4j.core.testing;
  exports io.github.iaa4j.core.words;
  exports io.github.iaa4j.core.wsss;

  // What every module of ours would otherwise copy: files, checksums, threads.
  exports io.github.iaa4j.core.internal to
      io.github.iaa4j.cli,
      io.github.iaa4j.diffusion,
      io.github.iaa4j.llm,
      io.github.iaa4j.onnx,
      io.github.iaa4j.report,
      io.github.iaa4j.toyworld,
      io.github.iaa4j.wsss;

  opens io.github.iaa4j.core.dataset to
      com.google.gson;
  opens io.github.iaa4j.core.outcome to
      com.google.gson;
  opens io.github.iaa4j.core.run to
      com.google.gson;
  opens io.github.iaa4j.core.prompt to
      com.google.gson;
  opens io.github.iaa4j.core.settings to
      com.google.gson;
  opens io.github.iaa4j.core.sampling to
      com.google.gson;
  opens io.github.iaa4j.core.wsss to
      com.google.gson;
}
