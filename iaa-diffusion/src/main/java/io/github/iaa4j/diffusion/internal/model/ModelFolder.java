package io.github.iaa4j.diffusion.internal.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.sampling.ModelNote;
import io.github.iaa4j.onnx.internal.GraphFile;
import io.github.iaa4j.onnx.internal.ModelChecksum;
import io.github.iaa4j.onnx.internal.OnnxHeader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model's folder: where its parts are, what their graphs declare, and which defaults stand for
 * what it does not state. For one thread, except for {@link #graph}.
 *
 * <p>Folders of {@code OnnxStableDiffusionPipeline} hold the same graphs without any {@code
 * config.json}. Their configs are made from what the graphs declare, and beyond that are those of
 * Stable Diffusion 1 and 2, for which alone that pipeline was.
 */
public final class ModelFolder {

  /** The shortest text that an encoder may take: start, end and one token between. */
  public static final int MIN_TOKENS = 3;

  public static final String UNET = "unet";
  public static final String DECODER = "vae_decoder";
  public static final String ENCODER = "vae_encoder";
  public static final String TEXT_ENCODER = "text_encoder";

  /** Files and folders that decide the images of every model. */
  private static final List<String> PARTS =
      List.of("model_index.json", "scheduler", TEXT_ENCODER, "tokenizer", UNET, DECODER);

  /** A length that no encoder has: transformers writes 1e30 where it knows none. */
  private static final double ENDLESS = 1e5;

  private static final int USUAL_SCALE = 8;
  private static final int USUAL_TOKENS = 77;

  private final Path path;
  private final Map<String, Path> graphs = new HashMap<>();
  private final Map<String, OnnxHeader> headers = new HashMap<>();
  private final Set<ModelNote> notes = new LinkedHashSet<>();

  /**
   * @param path as the user gave it; not looked at yet
   */
  public ModelFolder(Path path) {
    this.path = path;
  }

  /** As the user gave it. */
  public Path path() {
    return path;
  }

  /**
   * One checksum over all files that decide the images: those of every model, and some more.
   *
   * @param further folders of the model that decide images too, such as its encoder of images
   * @param others folders elsewhere, such as those of ControlNets, in their order
   * @return 64 digits, lower-case hexadecimal
   */
  public String checksum(List<String> further, List<Path> others) {
    List<String> parts = new ArrayList<>(PARTS);
    parts.addAll(further);
    return ModelChecksum.of(path, parts, others);
  }

  /** The defaults assumed so far. */
  public List<ModelNote> notes() {
    return List.copyOf(notes);
  }

  /** Records an assumed default. */
  public void note(Path file, @Nullable String field, String found, String taken) {
    notes.add(new ModelNote(file, field, found, taken));
  }

  /**
   * {@code model_index.json}.
   *
   * @throws ModelException if this is not a model's folder
   */
  JsonConfig index() {
    Path index = path.resolve("model_index.json");
    if (!Files.isRegularFile(index)) {
      throw FolderLayout.notAFolder(path);
    }
    return JsonConfig.read(index);
  }

  /**
   * Checks that the parts of a model have complete graphs, before any of them is loaded.
   *
   * @throws ModelException if a graph is missing, as in a PyTorch folder, or incomplete
   */
  public void requireGraphs(boolean isXl) {
    List<String> parts = new ArrayList<>(List.of(TEXT_ENCODER, UNET, DECODER));
    if (isXl) {
      parts.add(TEXT_ENCODER + "_2");
    }
    parts.forEach(this::graph);
    parts.forEach(part -> GraphFile.requireComplete(graph(part), Exports.REMEDIES));
  }

  /**
   * The graph of a part.
   *
   * @throws ModelException if there is none
   */
  public synchronized Path graph(String part) {
    return graphs.computeIfAbsent(
        part,
        name -> {
          Path graph = FolderLayout.graphOf(path.resolve(name), path);
          if (!graph.endsWith(FolderLayout.GRAPH)) {
            note(
                graph.resolveSibling(FolderLayout.GRAPH),
                null,
                "missing",
                graph.getFileName() + ", the only ONNX file there");
          }
          return graph;
        });
  }

  /** What the graph of a part declares, or null where it is unknown. */
  @Nullable OnnxHeader header(String part) {
    if (!headers.containsKey(part)) {
      try {
        OnnxHeader header = OnnxHeader.read(graph(part));
        if (header != null && !header.isCutOff()) {
          headers.put(part, header);
        }
      } catch (ModelException e) {
        return null; // Whoever needs the graph reports what is wrong.
      }
    }
    return headers.get(part);
  }

  private long fixed(String part, String input, int dimension) {
    OnnxHeader header = header(part);
    return header == null ? -1 : header.fixed(input, dimension);
  }

  /**
   * The config of a part.
   *
   * @throws ModelException if it is missing and cannot be made
   */
  public JsonConfig config(String part) {
    Path file = path.resolve(part).resolve("config.json");
    if (!Files.exists(file) && isWithoutConfigs()) {
      return made(part, file);
    }
    JsonConfig config = JsonConfig.read(file);
    // Of a CLIP that was saved with its image encoder.
    return part.startsWith(TEXT_ENCODER) ? config.inside("text_config", "hidden_size") : config;
  }

  /** An old export: no part has a config, and it is not one of the families that came later. */
  private boolean isWithoutConfigs() {
    for (String part : List.of(TEXT_ENCODER, UNET, DECODER)) {
      if (Files.exists(path.resolve(part).resolve("config.json"))) {
        return false;
      }
    }
    OnnxHeader unet = header(UNET);
    return !Files.exists(path.resolve("text_encoder_2"))
        && unet != null
        && unet.input(TensorNames.TIMESTEP_COND) == null;
  }

  private JsonConfig made(String part, Path file) {
    OnnxHeader header = header(part);
    if (header == null) {
      return JsonConfig.read(file);
    }
    JsonObject json = new JsonObject();
    switch (part) {
      case UNET -> {
        json.addProperty("in_channels", orElse(header.fixed(TensorNames.SAMPLE, 1), 4));
        long[] prediction = header.output(TensorNames.OUT_SAMPLE);
        json.addProperty("out_channels", orElse(prediction == null ? -1 : prediction[1], 4));
        json.add("block_out_channels", blocks(4));
        note(
            file,
            null,
            "missing",
            "that of Stable Diffusion 1 and 2, with what the graph declares");
      }
      case DECODER -> {
        json.addProperty("latent_channels", orElse(header.fixed(TensorNames.LATENT_SAMPLE, 1), 4));
        int scale = scale(header);
        json.add("block_out_channels", blocks(1 + Integer.numberOfTrailingZeros(scale)));
        note(
            file,
            null,
            "missing",
            "scaling_factor 0.18215, that of Stable Diffusion 1 and 2, and "
                + scale
                + " pixels a latent, as the graph enlarges");
      }
      case ENCODER -> {
        return config(DECODER);
      }
      default -> {
        long[] states = header.output(TensorNames.LAST_HIDDEN_STATE);
        if (states == null || states.length != 3 || states[2] < 1) {
          return JsonConfig.read(file);
        }
        json.addProperty("hidden_size", states[2]);
        long hidden =
            header.outputs().stream().filter(name -> name.startsWith("hidden_states.")).count();
        json.addProperty("num_hidden_layers", hidden > 1 ? hidden - 1 : 1);
        json.addProperty("vocab_size", 49408);
        long[] positions = header.weights("position_embedding");
        if (positions != null && positions.length == 2) {
          json.addProperty("max_position_embeddings", positions[0]);
        }
        note(file, null, "missing", "what the graph declares");
      }
    }
    return JsonConfig.of(file, json);
  }

  private static long orElse(long fixed, long otherwise) {
    return fixed > 0 ? fixed : otherwise;
  }

  private static JsonArray blocks(int count) {
    JsonArray blocks = new JsonArray();
    for (int i = 0; i < count; i++) {
      blocks.add(0);
    }
    return blocks;
  }

  /** Where the shapes do not say: an AutoencoderKL has one operator for each doubling. */
  private static int scale(OnnxHeader decoder) {
    long[] image = decoder.outputs().isEmpty() ? null : decoder.output(first(decoder.outputs()));
    long[] latents = decoder.inputs().isEmpty() ? null : decoder.input(first(decoder.inputs()));
    if (image != null && latents != null && image.length == 4 && latents.length == 4) {
      if (image[2] > 0 && latents[2] > 0) {
        return Math.toIntExact(image[2] / latents[2]);
      }
    }
    int doublings =
        decoder.operators().getOrDefault("Resize", 0)
            + decoder.operators().getOrDefault("Upsample", 0);
    return doublings == 0 || doublings > 6 ? USUAL_SCALE : 1 << doublings;
  }

  private static String first(Set<String> names) {
    return names.iterator().next();
  }

  /**
   * The height or width of the latents that the graphs take alone, or null where they are open.
   *
   * @param dimension 2 for the height, 3 for the width
   * @throws ModelException if UNet and decoder take different ones
   */
  public @Nullable Integer fixedLatents(int dimension) {
    long unet = fixed(UNET, TensorNames.SAMPLE, dimension);
    OnnxHeader header = header(DECODER);
    long decoder =
        header == null || header.inputs().size() != 1
            ? -1
            : header.fixed(first(header.inputs()), dimension);
    if (unet > 0 && decoder > 0 && unet != decoder) {
      throw new ModelException(
          graph(DECODER),
          TensorNames.LATENT_SAMPLE,
          "it takes latents of "
              + decoder
              + " along a side alone, and "
              + graph(UNET)
              + " takes "
              + unet
              + " alone. Export the parts together, for one size.",
          null);
    }
    long fixed = Math.max(unet, decoder);
    return fixed > 0 ? Math.toIntExact(fixed) : null;
  }

  /** The graph that fixes the size of images. */
  public Path fixingGraph(int dimension) {
    return graph(fixed(UNET, TensorNames.SAMPLE, dimension) > 0 ? UNET : DECODER);
  }

  /**
   * How many tokens a text encoder is given, the start and end tokens included: as many as the
   * graphs fix, or as the tokenizer states, or as the encoder has positions.
   *
   * @param suffix of the names of the encoder's folders: nothing, or _2 for the second
   * @throws ModelException if nothing states it
   */
  public int textLength(String suffix) {
    Path folder = path.resolve("tokenizer" + suffix);
    JsonConfig tokenizer = tokenizerConfig(suffix);
    String key = "model_max_length";
    int stated = 0;
    if (tokenizer.has(key) && !(tokenizer.number(key) > ENDLESS)) {
      stated = tokenizer.integer(key);
      if (stated < MIN_TOKENS) {
        throw tokenizer.unexpected(key, "at least 3 tokens", null);
      }
    }
    int positions = positions(suffix);
    long fixed = fixed(TEXT_ENCODER + suffix, TensorNames.INPUT_IDS, 1);
    String what = "which the encoder's graph takes alone";
    if (fixed <= 0) {
      fixed = fixed(UNET, TensorNames.ENCODER_HIDDEN_STATES, 1);
      what = "which the UNet's graph takes alone";
    }
    if (fixed < MIN_TOKENS && (stated == 0 || (positions > 0 && stated > positions))) {
      fixed = positions > 0 ? positions : USUAL_TOKENS;
      what = "the positions of the text encoder";
    }
    if (fixed < MIN_TOKENS || fixed == stated) {
      return stated;
    }
    note(
        folder.resolve("tokenizer_config.json"),
        key,
        tokenizer.has(key) ? String.valueOf(tokenizer.get(key)) : "missing",
        fixed + " tokens, " + what);
    return Math.toIntExact(fixed);
  }

  /** The number of positions that a text encoder has, or 0 where nothing states it. */
  private int positions(String suffix) {
    String part = TEXT_ENCODER + suffix;
    boolean isThere = Files.exists(path.resolve(part).resolve("config.json"));
    return isThere || isWithoutConfigs()
        ? config(part).integer("max_position_embeddings", 0)
        : 0; // Whoever counts tokens may have the tokenizer alone.
  }

  /** {@code tokenizer_config.json}; CLIP's usual tokens where there is none. */
  public JsonConfig tokenizerConfig(String suffix) {
    Path folder = path.resolve("tokenizer" + suffix);
    Path file = folder.resolve("tokenizer_config.json");
    if (!Files.exists(file) && Files.isRegularFile(folder.resolve("tokenizer.json"))) {
      note(file, null, "missing", "the special tokens of CLIP, with tokenizer.json");
      return JsonConfig.of(file, new JsonObject());
    }
    return JsonConfig.read(file);
  }
}
