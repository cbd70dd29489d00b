package io.github.iaa4j.llm.testing;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.LlmPromptAgent;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A chat model for tests. It answers from a script, in order, or by a function of the request, and
 * remembers what it was asked.
 *
 * <pre>{@code
 * FakeChatModel chat =
 *     FakeChatModel.script()
 *         .failure(new LlmException(Kind.STATUS, "busy", 503, null, null, null))
 *         .taking(Duration.ofSeconds(3))
 *         .answer("{\"prompt\": \"A cat on a wall\"}")
 *         .sleeper(waits::add)
 *         .build();
 * }</pre>
 *
 * <p>An {@link LlmPromptAgent} examines every model as a judge, with eight questions of which the
 * script knows nothing, unless it is built with {@link LlmPromptAgent.Builder#examineJudge
 * examineJudge(false)}. Safe for use by many threads; the order of the answers is then the order of
 * the calls.
 */
public final class FakeChatModel implements ChatModel {

  private final String name;
  private final List<Step> steps;
  private final @Nullable Step always;
  private final Consumer<Duration> sleeper;
  private final List<ChatRequest> requests = new ArrayList<>();

  private FakeChatModel(Builder builder, @Nullable Step always) {
    this.name = builder.name;
    this.steps = List.copyOf(builder.steps);
    this.always = always;
    this.sleeper = builder.sleeper;
  }

  /** Answers these texts, each as a finished answer that cost no tokens. */
  public static FakeChatModel answering(String... texts) {
    Builder script = script();
    for (String text : texts) {
      script.answer(text);
    }
    return script.build();
  }

  /** Answers these. */
  public static FakeChatModel answering(List<ChatAnswer> answers) {
    Builder script = script();
    answers.forEach(script::answer);
    return script.build();
  }

  /**
   * Answers every request by this function, as often as it is asked.
   *
   * @param answers may throw an {@link LlmException}; safe for use by as many threads as ask
   */
  public static FakeChatModel responding(Function<ChatRequest, ChatAnswer> answers) {
    return new FakeChatModel(script(), new Step(answers, Duration.ZERO));
  }

  /** Starts with no answers, no latency, and the name {@code fake}. */
  public static Builder script() {
    return new Builder();
  }

  /**
   * The next answer.
   *
   * @throws LlmException where the script holds a failure
   * @throws IllegalStateException if the script is used up; the message holds the last question
   */
  @Override
  public ChatAnswer complete(ChatRequest request) {
    Step step = next(request);
    if (!step.latency().isZero()) {
      sleeper.accept(step.latency());
    }
    return step.answer().apply(request);
  }

  private synchronized Step next(ChatRequest request) {
    requests.add(request);
    if (always != null) {
      return always;
    }
    if (requests.size() > steps.size()) {
      List<ChatMessage> messages = request.messages();
      throw new IllegalStateException(
          "the script holds "
              + steps.size()
              + " answers, and this is question "
              + requests.size()
              + ": "
              + messages.get(messages.size() - 1).text());
    }
    return steps.get(requests.size() - 1);
  }

  @Override
  public String name() {
    return name;
  }

  /** What was asked so far, first to last. */
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
          "the script holds "
              + steps.size()
              + " answers, and only "
              + requests.size()
              + " questions were asked");
    }
  }

  private record Step(Function<ChatRequest, ChatAnswer> answer, Duration latency) {}

  /** Collects a script. */
  public static final class Builder {

    private final List<Step> steps = new ArrayList<>();
    private String name = "fake";
    private Duration latency = Duration.ZERO;
    private Consumer<Duration> sleeper = FakeChatModel::sleep;

    private Builder() {}

    /** Then answers this text, as a finished answer that cost no tokens. */
    public Builder answer(String text) {
      return answer(new ChatAnswer(text, "stop", 0, 0));
    }

    /** Then answers this. */
    public Builder answer(ChatAnswer answer) {
      return answer(request -> answer);
    }

    /** Then answers what the function makes of the request. */
    public Builder answer(Function<ChatRequest, ChatAnswer> answer) {
      steps.add(new Step(answer, latency));
      return this;
    }

    /** Then fails with this. */
    public Builder failure(LlmException failure) {
      return answer(
          request -> {
            throw failure;
          });
    }

    /**
     * Whatever the script says from here on takes this long.
     *
     * @param latency not negative
     */
    public Builder taking(Duration latency) {
      if (latency.isNegative()) {
        throw new IllegalArgumentException("a latency is not negative, unlike " + latency);
      }
      this.latency = latency;
      return this;
    }

    /**
     * How the latencies are spent. Unless set, the calling thread sleeps, and an interrupt ends its
     * call as one ends that of a real client.
     *
     * @param sleeper such as {@code waits::add}, for a test that does not wait
     */
    public Builder sleeper(Consumer<Duration> sleeper) {
      this.sleeper = sleeper;
      return this;
    }

    /** The model's name. */
    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /** The model. */
    public FakeChatModel build() {
      return new FakeChatModel(this, null);
    }
  }

  private static void sleep(Duration latency) {
    try {
      Thread.sleep(latency.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LlmException(
          LlmException.Kind.UNREACHABLE,
          "the thread was interrupted while it waited for the answer of the fake model.",
          0,
          null,
          null,
          e);
    }
  }
}
