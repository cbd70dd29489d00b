/** Small programs that show one thing each. */
module io.github.iaa4j.examples {
  requires com.google.gson;
  requires java.sql;
  requires langchain4j.core;
  requires static org.jspecify;
  requires io.github.iaa4j.core;
  requires io.github.iaa4j.diffusion;
  requires io.github.iaa4j.llm;
  requires io.github.iaa4j.report;
  requires io.github.iaa4j.toyworld;
  requires io.github.iaa4j.wsss;

  opens io.github.iaa4j.examples to
      com.google.gson;
}
