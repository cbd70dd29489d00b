package io.github.iaa4j.diffusion.internal.model;

/**
 * The inputs and outputs of a model's graphs, by their names in exports. Shapes are those of one
 * row: S tokens, text width D, pooled width P, guidance width E, latents of C channels and h x w.
 */
public final class TensorNames {

  /** Input of a text encoder, {@code [S]}, int32 or int64: token ids. */
  public static final String INPUT_IDS = "input_ids";

  /** Output of a text encoder, {@code [S, D]}: the state after its last layer and final norm. */
  public static final String LAST_HIDDEN_STATE = "last_hidden_state";

  /**
   * {@code [P]}: the embedding of a whole text, an output of SDXL's second text encoder and an
   * input of its UNet.
   */
  public static final String TEXT_EMBEDS = "text_embeds";

  /** Input of the UNet, {@code [C, h, w]}: the latents, scaled for the model. */
  public static final String SAMPLE = "sample";

  /** Output of the UNet, {@code [C, h, w]}: its prediction. */
  public static final String OUT_SAMPLE = "out_sample";

  /** Input of the UNet, {@code [S, D]}: the embeddings of the tokens of a text. */
  public static final String ENCODER_HIDDEN_STATES = "encoder_hidden_states";

  /**
   * Input of SDXL's UNet, {@code [6]}, in pixels: original size, crop and size of the image, each
   * height first.
   */
  public static final String TIME_IDS = "time_ids";

  /** Input of the UNet of a distilled model, {@code [E]}: the embedding of the guidance scale. */
  public static final String TIMESTEP_COND = "timestep_cond";

  /** Input of a VAE decoder, {@code [C, h, w]}: unscaled latents. */
  public static final String LATENT_SAMPLE = "latent_sample";

  private TensorNames() {}
}
