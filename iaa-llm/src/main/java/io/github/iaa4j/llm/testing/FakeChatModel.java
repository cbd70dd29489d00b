package io.github.iaa4j.llm.testing;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.Sleeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A chat model for tests. It answers from a script, in order, or by a function of the request, and
 * remembers what it was asked. As any other model, it ends a call of an interrupted thread with a
 * {@link CancelledException} and leaves the interrupt flag set.
 *
 * <pre>{@code
 * FakeChatModel chat =
 *     FakeChatModel.script()
 *         .failure(LlmException.builder(Kind.STATUS, "busy").status(503).build())
 *         .taking(Duration.ofSeconds(3))
 *         .answer("{\"prompt\": \"A cat on a wall\"}")
 *         .sleeper(waits::add)
 *         .build();
 * }</pre>
 *
 * <p>An {@code LlmPromptAgent} examines every model as a judge, with eight questions of which the
 * script knows nothing, unless it is an agent {@code withModelWeight(0.5)}. Safe for use by many
 * threads; the order of the answers is then the order of the calls.
 */
public final class FakeChatModel implements ChatModel {

  private final String name;
  private final List<Step> steps;
  private final @Nullable Step always;
  private final Sleeper sleeper;
  private final List<ChatRequest> requests = new ArrayList<>();

  private FakeChatModel(Builder builder, @Nullable Step always) {
    this.name = builder.name;
    this.steps = List.copyOf(builder.steps);
    this.always = always;
    this.sleeper = builder.sleeper;
  }

  /** A model that gives these texts, in order, each as a complete answer that cost no tokens. */
  public static FakeChatModel answering(String... texts) {
    Builder script = script();
    for (String text : texts) {
      script.answer(text);
    }
    return script.build();
  }

  /** A model that gives these answers, in order. */
  public static FakeChatModel answering(List<ChatAnswer> answers) {
    Builder script = script();
    answers.forEach(script::answer);
    return script.build();
  }

  /**
   * A model that answers every request by this function.
   *
   * @param answers never returns null, but may throw an {@link LlmException}; safe for use by as
   *     many threads as call the model
   */
  public static FakeChatModel responding(Function<ChatRequest, ChatAnswer> answers) {
    return new FakeChatModel(
        script(), new Step(Objects.requireNonNull(answers, "answers"), Duration.ZERO));
  }

  /** A builder without answers or latency. The name defaults to {@code fake}. */
  public static Builder script() {
    return new Builder();
  }

  /**
   * The next answer.
   *
   * @throws LlmException if the script contains a failure
   * @throws CancelledException if the thread is interrupted, before or while a latency is spent
   * @throws IllegalStateException if the script is used up; the message quotes the last question
   */
  @Override
  public ChatAnswer complete(ChatRequest request) {
    Step step = next(request);
    try {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (!step.latency().isZero()) {
        sleeper.sleep(step.latency());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(name + ": the chat was cancelled.", e);
    }
    return Objects.requireNonNull(
        step.answer().apply(request),
        "the function of a FakeChatModel returned null; it must return an answer");
  }

  private synchronized Step next(ChatRequest request) {
    requests.add(request);
    if (always != null) {
      return always;
    }
    if (requests.size() > steps.size()) {
      List<ChatMessage> messages = request.messages();
      throw new IllegalStateException(
          "the script contains "
              + steps.size()
              + " answers, and this is question "
              + requests.size()
              + ": "
              + messages.get(messages.size() - 1).text());
    }
    return steps.get(requests.size() - 1);
  }

  /** The name that the builder was given. */
  @Override
  public String name() {
    return name;
  }

  /** What has been asked so far, first to last. */
  public synchronized List<ChatRequest> requests() {
    return List.copyOf(requests);
  }

  /**
   * Fails the test if answers of the script are left over.
   *
   * @throws AssertionError saying how many
   */
  public synchronized void assertAllUsed() {
    if (requests.size() < steps.size()) {
      throw new AssertionError(
          "the script contains "
              + steps.size()
              + " answers, and only "
              + requests.size()
              + " questions were asked");
    }
  }

  private record Step(Function<ChatRequest, ChatAnswer> answer, Duration latency) {}

  /** Builds a script. Not safe for use by several threads. */
  public static final class Builder {

    private final List<Step> steps = new ArrayList<>();
    private String name = "fake";
    private Duration latency = Duration.ZERO;
    private Sleeper sleeper = duration -> Thread.sleep(duration.toMillis());

    private Builder() {}

    /** The next answer is this text, complete and at no cost in tokens. */
    public Builder answer(String text) {
      return answer(new ChatAnswer(text, "stop", 0, 0));
    }

    /** The next answer is this. */
    public Builder answer(ChatAnswer answer) {
      Objects.requireNonNull(answer, "answer");
      return answer(request -> answer);
    }

    /** The next answer is what the function makes of the request. */
    public Builder answer(Function<ChatRequest, ChatAnswer> answer) {
      steps.add(new Step(Objects.requireNonNull(answer, "answer"), latency));
      return this;
    }

    /** The next call fails with this. */
    public Builder failure(LlmException failure) {
      Objects.requireNonNull(failure, "failure");
      return answer(
          request -> {
            throw failure;
          });
    }

    /**
     * The answers and failures that follow take this long.
     *
     * @param latency not negative
     * @throws IllegalArgumentException if it is negative
     */
    public Builder taking(Duration latency) {
      if (latency.isNegative()) {
        throw new IllegalArgumentException("a latency must not be negative: " + latency);
      }
      this.latency = latency;
      return this;
    }

    /**
     * How latencies are spent. Defaults to letting the calling thread sleep.
     *
     * @param sleeper such as {@code waits::add}, for a test that does not wait
     */
    public Builder sleeper(Sleeper sleeper) {
      this.sleeper = Objects.requireNonNull(sleeper, "sleeper");
      return this;
    }

    /** The model's name. Defaults to {@code fake}. */
    public Builder name(String name) {
      this.name = Objects.requireNonNull(name, "name");
      return this;
    }

    /** Builds the model. */
    public FakeChatModel build() {
      return new FakeChatModel(this, null);
    }
  }
}
