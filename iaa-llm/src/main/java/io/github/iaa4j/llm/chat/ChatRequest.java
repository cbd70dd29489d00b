package io.github.iaa4j.llm.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A conversation to be continued, and how. Immutable. */
public final class ChatRequest {

  private final List<ChatMessage> messages;
  private final int maxTokens;
  private final double temperature;
  private final @Nullable Integer seed;
  private final @Nullable JsonSchema schema;

  private ChatRequest(Builder builder) {
    messages = List.copyOf(builder.messages);
    maxTokens = builder.maxTokens;
    temperature = builder.temperature;
    seed = builder.seed;
    schema = builder.schema;
  }

  /** Starts with no messages, 256 tokens, temperature 0.7, no seed, free text. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds all of this. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.messages.addAll(messages);
    builder.maxTokens = maxTokens;
    builder.temperature = temperature;
    builder.seed = seed;
    builder.schema = schema;
    return builder;
  }

  /** The turns so far, first to last. Never empty. */
  public List<ChatMessage> messages() {
    return messages;
  }

  /** The most tokens that the answer may have. */
  public int maxTokens() {
    return maxTokens;
  }

  /** How freely the model chooses: 0 always takes the likeliest token, 2 is the most. */
  public double temperature() {
    return temperature;
  }

  /**
   * The seed of the model's choices, not negative, or null. Servers honour it as well as they can.
   */
  public @Nullable Integer seed() {
    return seed;
  }

  /** The shape that the answer must have, or null for free text. */
  public @Nullable JsonSchema schema() {
    return schema;
  }

  /** Collects a request. */
  public static final class Builder {

    private final List<ChatMessage> messages = new ArrayList<>();
    private int maxTokens = 256;
    private double temperature = 0.7;
    private @Nullable Integer seed;
    private @Nullable JsonSchema schema;

    private Builder() {}

    /** Adds a turn. */
    public Builder message(ChatMessage message) {
      messages.add(message);
      return this;
    }

    /** Adds turns. */
    public Builder messages(List<ChatMessage> more) {
      messages.addAll(more);
      return this;
    }

    /**
     * Bounds the answer.
     *
     * @param tokens at least 1
     */
    public Builder maxTokens(int tokens) {
      this.maxTokens = tokens;
      return this;
    }

    /**
     * How freely the model chooses.
     *
     * @param temperature in [0, 2]
     */
    public Builder temperature(double temperature) {
      this.temperature = temperature;
      return this;
    }

    /**
     * Seeds the model's choices.
     *
     * @param seed not negative
     */
    public Builder seed(int seed) {
      this.seed = seed;
      return this;
    }

    /** Asks for JSON of this shape. */
    public Builder schema(JsonSchema schema) {
      this.schema = schema;
      return this;
    }

    /**
     * The request.
     *
     * @throws IllegalArgumentException if there is no message, or a number is out of range
     */
    public ChatRequest build() {
      if (messages.isEmpty()) {
        throw new IllegalArgumentException("a chat request needs at least one message");
      }
      if (maxTokens < 1) {
        throw new IllegalArgumentException("maxTokens is at least 1, not " + maxTokens);
      }
      if (!(temperature >= 0 && temperature <= 2)) {
        throw new IllegalArgumentException("temperature is in [0, 2], not " + temperature);
      }
      if (seed != null && seed < 0) {
        throw new IllegalArgumentException("seed is not negative, unlike " + seed);
      }
      return new ChatRequest(this);
    }
  }
}
