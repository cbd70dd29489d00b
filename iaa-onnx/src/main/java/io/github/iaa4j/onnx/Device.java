package io.github.iaa4j.onnx;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import io.github.iaa4j.core.error.ConfigurationException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where ONNX Runtime computes.
 *
 * <p>{@link #cpu()} works with the {@code onnxruntime} artifact that this module depends on. {@link
 * #cuda(int)} needs {@code com.microsoft.onnxruntime:onnxruntime_gpu} of the same version in its
 * place, and CUDA and cuDNN on the machine. {@link #provider(String, Provider)} takes any other
 * execution provider of the ONNX Runtime that is on the class path.
 *
 * <p>Immutable, and safe for use by several threads as far as its provider is.
 */
public final class Device {

  /** Puts an execution provider into the options of a session. */
  @FunctionalInterface
  public interface Provider {

    /**
     * Called for each network that is loaded, on the thread that loads it, and by {@link
     * #requireAvailable()} on its caller's. Where several threads load models on one device, they
     * call it at the same time.
     *
     * @param options of the session; other options than the provider's can be set as well
     * @throws OrtException if the provider is not available or refuses its options
     */
    void addTo(OrtSession.SessionOptions options) throws OrtException;
  }

  private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,4}))?");

  private static final Device CPU = new Device(true, "cpu", "", "cpu", options -> {}, null);

  private static final String CUDA_NEEDS =
      "It needs com.microsoft.onnxruntime:onnxruntime_gpu in place of"
          + " com.microsoft.onnxruntime:onnxruntime on the class path, and CUDA and cuDNN on the"
          + " machine. ";

  private final boolean isCpu;
  private final String name;
  private final String needs;
  private final @Nullable String identity;
  private final Provider provider;
  private final @Nullable Path graphCache;

  private Device(
      boolean isCpu,
      String name,
      String needs,
      @Nullable String identity,
      Provider provider,
      @Nullable Path graphCache) {
    this.isCpu = isCpu;
    this.name = name;
    this.needs = needs;
    this.identity = identity;
    this.provider = provider;
    this.graphCache = graphCache;
  }

  /** The processor. Outputs have the same bytes on every run on the same kind of processor. */
  public static Device cpu() {
    return CPU;
  }

  /**
   * An NVIDIA GPU, with ONNX Runtime's defaults except for the search for cuDNN's algorithms, which
   * is {@code HEURISTIC}: an exhaustive search is repeated for every new shape.
   *
   * <p>ONNX Runtime does not promise equal bits there: outputs of two runs may differ in their last
   * digits.
   *
   * @param id the number of the GPU, from 0
   * @throws IllegalArgumentException if {@code id} is negative
   */
  public static Device cuda(int id) {
    return cuda(id, Map.of());
  }

  /**
   * An NVIDIA GPU with options of ONNX Runtime's CUDA execution provider, such as {@code
   * gpu_mem_limit} in bytes, {@code arena_extend_strategy} ({@code kNextPowerOfTwo} or {@code
   * kSameAsRequested}) and {@code cudnn_conv_algo_search} (defaults to {@code HEURISTIC}).
   *
   * @param id the number of the GPU, from 0
   * @param options by the names that ONNX Runtime gives them; ONNX Runtime refuses others when a
   *     model is loaded
   * @throws IllegalArgumentException if {@code id} is negative
   */
  public static Device cuda(int id, Map<String, String> options) {
    if (id < 0) {
      throw new IllegalArgumentException("CUDA devices are numbered from 0, found " + id);
    }
    Map<String, String> all = cudaOptions(options);
    return new Device(
        false,
        "cuda:" + id,
        CUDA_NEEDS + "Its options are " + all + ". ",
        "cuda:" + id + all,
        session -> {
          try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(id)) {
            for (Map.Entry<String, String> option : all.entrySet()) {
              cuda.add(option.getKey(), option.getValue());
            }
            session.addCUDA(cuda);
          }
        },
        null);
  }

  /**
   * Any execution provider, such as {@code Device.provider("directml", options ->
   * options.addDirectML(0))}.
   *
   * @param name for messages
   * @param provider called for each network that is loaded
   */
  public static Device provider(String name, Provider provider) {
    return new Device(false, requireNonNull(name), "", null, requireNonNull(provider), null);
  }

  /**
   * The device of a name, as {@link #toString()} gives it: {@code cpu}, {@code cuda} for the first
   * GPU, {@code cuda:1} for the second, in lower case.
   *
   * @throws IllegalArgumentException if it is another text; its message names those that are valid
   */
  public static Device parse(String name) {
    if (name.equals("cpu")) {
      return cpu();
    }
    Matcher cuda = CUDA.matcher(name);
    if (!cuda.matches()) {
      throw new IllegalArgumentException(
          "invalid device \""
              + name
              + "\": expected cpu, cuda (the first NVIDIA GPU) or cuda:N (number N, counted from"
              + " 0)");
    }
    return cuda(cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
  }

  /** The options of the CUDA provider: those of the user, and ours where there is none. */
  static Map<String, String> cudaOptions(Map<String, String> options) {
    Map<String, String> all = new TreeMap<>(Map.of("cudnn_conv_algo_search", "HEURISTIC"));
    all.putAll(options);
    return all;
  }

  /** Whether this is {@link #cpu()}, the only device that promises equal bytes. */
  public boolean isCpu() {
    return isCpu;
  }

  /**
   * The same device, which keeps optimised graphs in a folder.
   *
   * @throws ConfigurationException if the caller configures it by {@link #provider}: what that does
   *     to a graph is unknown
   */
  public Device keepingGraphsIn(Path folder) {
    if (identity == null) {
      throw new ConfigurationException(
          "graphCache "
              + folder
              + ": device "
              + name
              + " is configured by the caller, so it is unknown whether a kept graph was optimised for it."
              + " Leave graphCache out, or use Device.cpu() or Device.cuda(id).");
    }
    return new Device(isCpu, name, needs, identity, provider, folder);
  }

  /** The folder of optimised graphs, if they are kept. */
  public Optional<Path> graphCache() {
    return Optional.ofNullable(graphCache);
  }

  /** What tells apart the graphs that are optimised for this device; null where that is unknown. */
  public @Nullable String identity() {
    return identity;
  }

  /**
   * Puts the device into the options of a session.
   *
   * @throws ConfigurationException if the device is not available
   */
  public void addTo(OrtSession.SessionOptions options) {
    try {
      provider.addTo(options);
    } catch (OrtException e) {
      throw new ConfigurationException(
          "device "
              + name
              + " is not available. "
              + needs
              + "ONNX Runtime says: "
              + e.getMessage());
    }
  }

  /**
   * Checks that the device is there, before hours of work that need it.
   *
   * @throws ConfigurationException if the device is not there
   */
  public void requireAvailable() {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      addTo(options);
    }
  }

  /** The name, such as {@code cpu} or {@code cuda:0}. */
  @Override
  public String toString() {
    return name;
  }
}
