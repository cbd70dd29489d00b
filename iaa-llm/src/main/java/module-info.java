/** A chat client for OpenAI-compatible endpoints, and the prompt agent, critic and image judge. */
module io.github.iaa4j.llm {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires static ai.djl.tokenizers;
  requires com.google.gson;
  requires static com.microsoft.onnxruntime;
  requires transitive okhttp3;
  requires org.slf4j;

  exports io.github.iaa4j.llm;
  exports io.github.iaa4j.llm.chat;
  exports io.github.iaa4j.llm.openai;
  exports io.github.iaa4j.llm.testing;

  opens io.github.iaa4j.llm.testing to
      com.google.gson;
}
