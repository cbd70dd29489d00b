/** Stable Diffusion on ONNX Runtime. */
@SuppressWarnings("requires-transitive-automatic") // ONNX Runtime has no module descriptor.
module io.github.iaa4j.diffusion {
  requires static org.jspecify;
  requires transitive io.github.iaa4j.core;
  requires transitive io.github.iaa4j.onnx;
  requires ai.djl.tokenizers;
  requires com.google.gson;
  requires transitive com.microsoft.onnxruntime;
  requires org.slf4j;

  exports io.github.iaa4j.diffusion;
}
