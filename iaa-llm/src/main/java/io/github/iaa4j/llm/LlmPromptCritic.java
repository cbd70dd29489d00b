package io.github.iaa4j.llm;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Fault;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.internal.guards.Finding;
import io.github.iaa4j.llm.internal.guards.PromptGuards;
import io.github.iaa4j.llm.internal.json.JsonChat;
import io.github.iaa4j.llm.internal.json.JsonShape;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges prompts with rules and with a language model; the rules have the last word. Made by {@link
 * LlmPromptAgent#critic()}. To use a different model from the one that writes, take the critic of
 * an agent that has that model: {@code LlmPromptAgent.of(other).critic()}.
 *
 * <p>The rules cap the score at <i>c</i>: 0.3 where a label is not named; 0.4 where another class
 * is named, a label is denied ("no cat"), a word is repeated over and over, or some letters are
 * unknown to the text encoder; 0.5 where text in the image, a collage or a style is asked for; 0.6
 * where the prompt is too long for the text encoder, is not a single sentence or contains quotes or
 * markup; 0.7 where it describes no scene, does not say where each of several objects stands, or is
 * similar to an earlier one; otherwise 1. The lowest cap counts. A prompt that breaks one of these
 * rules is not {@linkplain Critique#isUsable() usable}, except those about sentences, markup, the
 * scene and earlier prompts. The model gives <i>m</i>, its own score from 0 to 1. The score is
 *
 * <pre>min(c, (1 - w) c + w m)</pre>
 *
 * so a model that likes everything cannot lift a faulty prompt, and with <i>w</i> = 0.5 and no
 * faults, a score of 0.8 takes 0.6 from the model. Both numbers are logged at debug level. The
 * rules' faults come first, then the model's advice.
 *
 * <p>Small models cannot judge, so a model is examined before its scores count. It scores four
 * pairs of prompts, one of which is clearly better; with <i>a</i> pairs the right way round and
 * <i>b</i> the wrong way round, <i>w</i> is 0.5 max(0, (<i>a</i> - <i>b</i>) / 4). A model that
 * fails, with <i>w</i> = 0, is not asked again: the rules judge alone. A slot whose deadline passes
 * during the examination leaves the rest of it to the next. Its tokens belong to no prompt: they
 * are logged with its result. A run records <i>w</i> and takes it from there when it is resumed.
 * {@link #withModelWeight} sets it for a model that is known, which saves eight short requests.
 *
 * <p>Safe for use by many threads, as far as its chat model is.
 */
public final class LlmPromptCritic implements PromptCritic {

  private static final Logger LOG = LoggerFactory.getLogger(LlmPromptCritic.class);
  private static final Template SYSTEM = Template.load("judge-system.txt");
  private static final Template REQUEST = Template.load("judge-request.txt");
  private static final String GOOD = Template.load("judge-example-good.json").fill(Map.of());
  private static final String POOR = Template.load("judge-example-poor.json").fill(Map.of());
  private static final int MIN_TOKENS = 200;

  /** The weight of a model that judges well. */
  private static final double MODEL_WEIGHT = 0.5;

  /** Objects, a prompt that shows them, and one that does not. */
  private static final List<List<String>> EXAMINATION =
      List.of(
          List.of(
              "dog",
              "A photo of a brown dog that runs along a sandy beach in the morning",
              "An empty beach in the morning"),
          List.of(
              "bus and person",
              "A tall person waits beside a yellow bus on a busy street at night",
              "A yellow bus bus bus bus and and the the"),
          List.of(
              "sofa",
              "A green sofa stands under a window in a bright living room",
              "I am sorry, but I cannot help you with that question today"),
          List.of(
              "horse",
              "A white horse gallops over a snowy field under a grey sky",
              "A small red car stands in front of a hotel at night"));

  private static final JsonShape<Judgement> SHAPE = JsonShape.of("judgement", Judgement.class);

  private final JsonChat json;
  private final PromptGuards guards;
  private final ClassWords words;
  private final @Nullable TokenCounter tokenCounter;
  private final ChatModel chat;
  private final int maxTokens;
  private final ReentrantLock examination = new ReentrantLock();

  /** Of each pair the better prompt's, then the other's; NaN is none. Guarded by the lock. */
  private final List<Double> scores = new ArrayList<>();

  /** What the examination has cost so far. Guarded by the lock. */
  private int examinationTokens;

  /** The weight that the model has without an examination. */
  private final @Nullable Double setWeight;

  /** NaN until the examination is over. */
  private volatile double knownWeight;

  private LlmPromptCritic(
      ChatModel chat,
      PromptGuards guards,
      ClassWords words,
      @Nullable TokenCounter tokenCounter,
      int maxTokens,
      @Nullable Double setWeight) {
    this.chat = chat;
    this.json = new JsonChat(chat);
    this.guards = guards;
    this.words = words;
    this.tokenCounter = tokenCounter;
    this.maxTokens = Math.max(MIN_TOKENS, maxTokens);
    this.setWeight = setWeight;
    this.knownWeight = setWeight == null ? Double.NaN : setWeight;
  }

  /** A critic whose model is examined when it is first asked. */
  LlmPromptCritic(
      ChatModel chat,
      PromptGuards guards,
      ClassWords words,
      @Nullable TokenCounter tokenCounter,
      int maxTokens) {
    this(chat, guards, words, tokenCounter, maxTokens, null);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The chat model, the highest weight of its scores or the one that was {@linkplain
   * #withModelWeight set}, the class words and the token limit of the text encoder. What the
   * examination finds out is not part of it: see {@link #modelWeight}. Nor is the limit on the
   * tokens of an answer: a run whose answers were cut off may be resumed with a higher one.
   */
  @Override
  public Description describe() {
    Description description =
        Description.of("rules and llm")
            .with("model", chat.name())
            .with("words", words.describe())
            .with("tokenLimit", tokenCounter == null ? "none" : tokenCounter.limit());
    return setWeight == null
        ? description.with("maxModelWeight", MODEL_WEIGHT)
        : description.with("modelWeight", setWeight);
  }

  /**
   * {@inheritDoc}
   *
   * <p><i>w</i>, from 0 to 0.5 unless it was set.
   */
  @Override
  public OptionalDouble modelWeight() {
    double known = knownWeight;
    return Double.isNaN(known) ? OptionalDouble.empty() : OptionalDouble.of(known);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the weight is not in [0, 1]
   */
  @Override
  public LlmPromptCritic withModelWeight(double weight) {
    if (!(weight >= 0 && weight <= 1)) {
      throw new IllegalArgumentException("a model's weight is in [0, 1], not " + weight);
    }
    return new LlmPromptCritic(chat, guards, words, tokenCounter, maxTokens, weight);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Asks the model for one score, after the examination if that is not over yet. A model that
   * failed the examination is not asked: the review is then {@link #byRules(PromptRequest,
   * Prompt)}. The score is in [0, 1], and the rules bound it from above whatever the model says.
   *
   * @return the critique, and the tokens of this answer; those of the examination are not counted
   */
  @Override
  public Review review(PromptRequest request, Prompt prompt) {
    List<Finding> findings = guards.inspect(request, prompt.text());
    double weight = weight();
    if (weight == 0) {
      return new Review(byRules(findings), 0);
    }
    double cap = PromptGuards.scoreCap(findings);
    String objects =
        request.slot().labels().stream().map(words::spoken).collect(Collectors.joining(" and "));
    JsonChat.Reply<Judgement> reply = ask(objects, prompt.text());
    double given = reply.value().score();
    double score = Math.min(cap, (1 - weight) * cap + weight * given);
    LOG.debug("model {}, rules {}, score {}: {}", given, cap, score, prompt.text());
    List<Fault> faults = new ArrayList<>(faults(findings));
    String advice = reply.value().advice().strip();
    if (!advice.isEmpty()) {
      faults.add(new Fault(Fault.Kind.OTHER, advice));
    }
    return new Review(new Critique(score, faults, PromptGuards.isUsable(findings)), reply.tokens());
  }

  /**
   * {@inheritDoc}
   *
   * <p>The score is the lowest cap of the rules that the prompt breaks, from 0.3 to 1. Sends no
   * request.
   */
  @Override
  public Critique byRules(PromptRequest request, Prompt prompt) {
    return byRules(guards.inspect(request, prompt.text()));
  }

  private static Critique byRules(List<Finding> findings) {
    return new Critique(
        PromptGuards.scoreCap(findings), faults(findings), PromptGuards.isUsable(findings));
  }

  private static List<Fault> faults(List<Finding> findings) {
    return findings.stream()
        .map(finding -> new Fault(kind(finding.rule()), finding.terms(), finding.advice()))
        .toList();
  }

  private static Fault.Kind kind(Finding.Rule rule) {
    return switch (rule) {
      case LABEL_MISSING -> Fault.Kind.MISSING_CLASS;
      case UNWANTED_CLASS -> Fault.Kind.UNWANTED_CLASS;
      case NEGATED -> Fault.Kind.DENIED_CLASS;
      case FOREIGN_LETTERS -> Fault.Kind.UNREADABLE_LETTERS;
      case STYLE -> Fault.Kind.STYLE;
      case TOO_LONG -> Fault.Kind.TOO_LONG;
      case STUTTER -> Fault.Kind.REPEATED_WORDS;
      case SEVERAL_SENTENCES -> Fault.Kind.SEVERAL_SENTENCES;
      case MARKUP -> Fault.Kind.MARKUP;
      case BARE -> Fault.Kind.NO_SCENE;
      case NOT_PLACED -> Fault.Kind.NO_POSITIONS;
      case LIKE_EARLIER -> Fault.Kind.LIKE_EARLIER;
    };
  }

  /** How much the model's scores count, in [0, 1]. */
  double weight() {
    if (!Double.isNaN(knownWeight)) {
      return knownWeight;
    }
    try {
      // An examination takes many questions, so whoever waits for one must be interruptible.
      examination.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(
          chat.name() + ": the examination of the model as a judge was cancelled. Ask again.", e);
    }
    try {
      return Double.isNaN(knownWeight) ? examine() : knownWeight;
    } finally {
      examination.unlock();
    }
  }

  /** Resumes where it stood, if whoever began it ran out of time. */
  private double examine() {
    while (scores.size() < 2 * EXAMINATION.size()) {
      List<String> pair = EXAMINATION.get(scores.size() / 2);
      try {
        JsonChat.Reply<Judgement> reply = ask(pair.get(0), pair.get(1 + scores.size() % 2));
        examinationTokens += reply.tokens();
        scores.add(reply.value().score());
      } catch (LlmException e) {
        if (e.kind() != LlmException.Kind.UNUSABLE_ANSWER) {
          throw e;
        }
        examinationTokens += e.tokens();
        scores.add(Double.NaN);
        if (scores.size() % 2 == 1) {
          scores.add(Double.NaN);
        }
      }
    }
    int balance = 0;
    for (int pair = 0; pair < EXAMINATION.size(); pair++) {
      double better = scores.get(2 * pair);
      double worse = scores.get(2 * pair + 1);
      boolean isUnusable = Double.isNaN(better) || Double.isNaN(worse);
      balance += isUnusable ? -1 : (int) Math.signum(better - worse);
    }
    double weight = MODEL_WEIGHT * Math.max(0, balance) / EXAMINATION.size();
    knownWeight = weight;
    LOG.info(
        "{} ranked {} of {} pairs of prompts correctly, on balance, so its scores count with weight {}{}."
            + " The examination took {} tokens.",
        chat.name(),
        balance,
        EXAMINATION.size(),
        weight,
        weight == 0 ? " and the rules judge alone" : "",
        examinationTokens);
    return weight;
  }

  private JsonChat.Reply<Judgement> ask(String objects, String prompt) {
    return json.ask(
        ChatRequest.builder()
            .message(ChatMessage.system(SYSTEM.fill(Map.of())))
            .message(question("bicycle", "A bicycle and a bicycle in the the"))
            .message(ChatMessage.assistant(POOR))
            .message(
                question(
                    "bicycle",
                    "A photo of a red bicycle that leans against a brick wall on a wet street"))
            .message(ChatMessage.assistant(GOOD))
            .message(question(objects, prompt))
            .maxTokens(maxTokens)
            .temperature(0)
            .build(),
        SHAPE);
  }

  private static ChatMessage question(String objects, String prompt) {
    return ChatMessage.user(REQUEST.fill(Map.of("objects", objects, "prompt", prompt)));
  }

  /** What the model is asked for. */
  private record Judgement(String advice, @JsonShape.Part(min = 0, max = 1) double score) {}
}
