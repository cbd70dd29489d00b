package io.github.iaa4j.diffusion.internal.model;

import io.github.iaa4j.core.error.ModelException;
import java.util.Map;

/**
 * The kind of Stable Diffusion that a folder holds.
 *
 * @param family by the class of its pipeline
 * @param zerosForNoNegative whether an empty negative prompt is all zeros in place of the embedding
 *     of an empty text: {@code force_zeros_for_empty_prompt} of SDXL
 * @param guidanceWidth E, of the embedded guidance scale that the UNet of a distilled model takes
 *     in place of guidance; 0 where it takes none
 */
public record Architecture(Family family, boolean zerosForNoNegative, int guidanceWidth) {

  /** Which parts a folder has, and how they fit together. */
  public enum Family {
    /** Stable Diffusion 1.x and 2.x: one text encoder. */
    SD,
    /** SDXL: two text encoders, a pooled embedding, and the size of the image as an input. */
    XL,
    /** A latent consistency model: Stable Diffusion distilled with its guidance. */
    LCM
  }

  private static final Map<String, Family> PIPELINES =
      Map.of(
          "StableDiffusionPipeline", Family.SD,
          "ORTStableDiffusionPipeline", Family.SD,
          "OnnxStableDiffusionPipeline", Family.SD,
          "StableDiffusionXLPipeline", Family.XL,
          "ORTStableDiffusionXLPipeline", Family.XL,
          "LatentConsistencyModelPipeline", Family.LCM,
          "ORTLatentConsistencyModelPipeline", Family.LCM);

  private static final String TASKS = "(ControlNet)?(Img2Img|Inpaint)?(?=Pipeline(Legacy)?$)";
  private static final String ADDITION = "addition_embed_type";
  private static final String ADDED_WIDTH = "projection_class_embeddings_input_dim";
  private static final String GUIDANCE_WIDTH = "time_cond_proj_dim";

  /**
   * Reads model_index.json and the UNet's config.
   *
   * @throws ModelException if they are of another kind of model
   */
  public static Architecture of(ModelFolder folder) {
    JsonConfig index = folder.index();
    if (index.flag("requires_aesthetics_score", false)) {
      throw new ModelException(
          index.file(),
          "requires_aesthetics_score",
          "this is the refiner of SDXL, which is not supported. Load the base model.",
          null);
    }
    // Pipelines for other tasks name the same models.
    String name = index.string("_class_name").replaceFirst(TASKS, "").replaceFirst("Legacy$", "");
    Family family = PIPELINES.get(name);
    if (family == null) {
      throw index.unexpected(
          "_class_name",
          "a Stable Diffusion 1 or 2, an SDXL or a latent consistency model, whose class is one of "
              + PIPELINES.keySet().stream().sorted().toList()
              + "; other models are not supported",
          null);
    }
    JsonConfig unet = folder.config(ModelFolder.UNET);
    String addition = unet.string(ADDITION, "");
    if (!addition.equals(family == Family.XL ? "text_time" : "")) {
      throw unet.unexpected(
          ADDITION,
          (family == Family.XL ? "text_time" : "nothing")
              + " in a model whose class is "
              + index.string("_class_name"),
          null);
    }
    for (String key : new String[] {"class_embed_type", "encoder_hid_dim_type"}) {
      if (unet.has(key)) {
        throw unet.unexpected(key, "nothing: such UNets are not supported", null);
      }
    }
    int guidanceWidth = unet.integer(GUIDANCE_WIDTH, 0);
    if (unet.has(GUIDANCE_WIDTH) ? guidanceWidth < 4 : family == Family.LCM) {
      throw unet.unexpected(GUIDANCE_WIDTH, "a width of at least 4", null);
    }
    return new Architecture(
        family,
        family == Family.XL && index.flag("force_zeros_for_empty_prompt", true),
        guidanceWidth);
  }

  /**
   * Checks that the UNet takes a pooled embedding of this size, and six sizes, as SDXL does.
   *
   * @param pooledWidth P
   * @throws ModelException if it takes something else, as that of a refiner does
   */
  public void requireAddedSizes(ModelFolder folder, int pooledWidth) {
    if (!isXl()) {
      return;
    }
    JsonConfig unet = folder.config(ModelFolder.UNET);
    int expected = 6 * unet.integer("addition_time_embed_dim") + pooledWidth;
    if (unet.integer(ADDED_WIDTH) != expected) {
      throw unet.unexpected(
          ADDED_WIDTH,
          expected + ", 6 times addition_time_embed_dim and the projection_dim of text_encoder_2",
          null);
    }
  }

  /** Whether this is SDXL. */
  public boolean isXl() {
    return family == Family.XL;
  }

  /** Whether the UNet takes the guidance scale as an input, so that there is no other guidance. */
  public boolean isGuidedByInput() {
    return guidanceWidth > 0;
  }

  /**
   * The guidance scale as such a UNet takes it: sine and cosine of the scale above 1, in thousands,
   * at frequencies that fall from 1 to 1/10000. {@code get_guidance_scale_embedding} of diffusers,
   * in its float32.
   *
   * @return {@code [E]}
   */
  public float[] guidanceEmbedding(double scale) {
    float w = (float) (scale - 1) * 1000f;
    int half = guidanceWidth / 2;
    float fall = (float) Math.log(10000) / (half - 1);
    float[] embedding = new float[guidanceWidth];
    for (int i = 0; i < half; i++) {
      float angle = w * (float) Math.exp(i * -fall);
      embedding[i] = (float) Math.sin(angle);
      embedding[half + i] = (float) Math.cos(angle);
    }
    return embedding;
  }
}
