package io.github.iaa4j.llm.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A conversation to be continued, and how. Immutable, so safe for use by many threads. */
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

  /**
   * A builder without messages; the answer defaults to at most 256 tokens of free text at
   * temperature 0.7 without a seed.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that starts from this request. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.messages.addAll(messages);
    builder.maxTokens = maxTokens;
    builder.temperature = temperature;
    builder.seed = seed;
    builder.schema = schema;
    return builder;
  }

  /** The messages so far, first to last. Never empty. */
  public List<ChatMessage> messages() {
    return messages;
  }

  /** How many tokens the answer may have at most. */
  public int maxTokens() {
    return maxTokens;
  }

  /** The sampling temperature, in [0, 2]; at 0 the model always takes the likeliest token. */
  public double temperature() {
    return temperature;
  }

  /** The sampling seed, not negative, or null. Servers honour it as well as they can. */
  public @Nullable Integer seed() {
    return seed;
  }

  /** The shape that the answer must have, or null for free text. */
  public @Nullable JsonSchema schema() {
    return schema;
  }

  /** Builds a request. Not safe for use by several threads. */
  public static final class Builder {

    private final List<ChatMessage> messages = new ArrayList<>();
    private int maxTokens = 256;
    private double temperature = 0.7;
    private @Nullable Integer seed;
    private @Nullable JsonSchema schema;

    private Builder() {}

    /** Adds a message. */
    public Builder message(ChatMessage message) {
      messages.add(Objects.requireNonNull(message, "message"));
      return this;
    }

    /** Adds messages. */
    public Builder messages(List<ChatMessage> more) {
      more.forEach(this::message);
      return this;
    }

    /**
     * Limits the length of the answer. Defaults to 256.
     *
     * @param tokens at least 1
     */
    public Builder maxTokens(int tokens) {
      this.maxTokens = tokens;
      return this;
    }

    /**
     * Sets the sampling temperature. Defaults to 0.7.
     *
     * @param temperature in [0, 2]
     */
    public Builder temperature(double temperature) {
      this.temperature = temperature;
      return this;
    }

    /**
     * Sets the sampling seed. Defaults to none.
     *
     * @param seed not negative
     */
    public Builder seed(int seed) {
      this.seed = seed;
      return this;
    }

    /** Asks for JSON of this shape. Defaults to free text. */
    public Builder schema(JsonSchema schema) {
      this.schema = Objects.requireNonNull(schema, "schema");
      return this;
    }

    /**
     * Builds the request.
     *
     * @throws IllegalArgumentException if there is no message, or a number is out of range
     */
    public ChatRequest build() {
      if (messages.isEmpty()) {
        throw new IllegalArgumentException("a chat request needs at least one message");
      }
      if (maxTokens < 1) {
        throw new IllegalArgumentException("maxTokens must be at least 1, not " + maxTokens);
      }
      if (!(temperature >= 0 && temperature <= 2)) {
        throw new IllegalArgumentException("temperature must be in [0, 2], not " + temperature);
      }
      if (seed != null && seed < 0) {
        throw new IllegalArgumentException("seed must not be negative: " + seed);
      }
      return new ChatRequest(this);
    }
  }
}
