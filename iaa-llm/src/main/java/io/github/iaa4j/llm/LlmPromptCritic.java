package io.github.iaa4j.llm;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
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
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges prompts with rules and with a language model; the rules have the last word. Made by {@link
 * LlmPromptAgent#critic()}, with the model that writes or {@linkplain LlmPromptAgent.Builder#judge
 * another}.
 *
 * <p>The rules give a ceiling <i>c</i>: 0.3 where a label is not named; 0.4 where another class is
 * named, a label is denied ("no cat"), a word is repeated over and over, or letters are ones that
 * the painter does not read; 0.5 where text in the image, a collage or a style is asked for; 0.6
 * where the prompt is too long for the text encoder, no single sentence or holds quotes and marks;
 * 0.7 where it describes no scene, does not say where each of several objects stands, or is like an
 * earlier one; else 1. The lowest counts. A prompt that breaks one of these rules is not {@link
 * Critique#sound} unless it is about sentences, marks, the scene or earlier prompts. The model
 * gives <i>m</i>, its mark from 0 to 1. The score is
 *
 * <pre>min(c, (1 - w) c + w m)</pre>
 *
 * so a model that likes everything cannot lift a faulty prompt, and with <i>w</i> = 0.5 and no
 * faults, a score of 0.8 takes a mark of 0.6. Both numbers are logged at debug level. The advice is
 * the rules' first, then the model's.
 *
 * <p>Small models cannot judge, so a model is examined before its marks count. It marks four pairs
 * of prompts, of which one is plainly better; with <i>a</i> pairs the right way round and <i>b</i>
 * the wrong way round, <i>w</i> is {@link LlmPromptAgent.Builder#modelWeight} (0.5 unless set)
 * times max(0, (<i>a</i> - <i>b</i>) / 4). A model that fails, with <i>w</i> = 0, is not asked
 * again: the rules judge alone. A prompt whose time is over during the examination leaves the rest
 * of it to the next; its tokens are counted in the review that it ended for, if that comes about.
 * {@link LlmPromptAgent.Builder#examineJudge} turns it off.
 */
public final class LlmPromptCritic implements PromptCritic {

  private static final Logger LOG = LoggerFactory.getLogger(LlmPromptCritic.class);
  private static final Template SYSTEM = Template.load("judge-system.txt");
  private static final Template REQUEST = Template.load("judge-request.txt");
  private static final String GOOD = Template.load("judge-example-good.json").fill(Map.of());
  private static final String POOR = Template.load("judge-example-poor.json").fill(Map.of());
  private static final int LEAST_TOKENS = 200;

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
  private final ChatModel chat;
  private final double modelWeight;
  private final int maxTokens;
  private final ReentrantLock examination = new ReentrantLock();

  /** Of each pair the better prompt's, then the other's; NaN is no mark. Guarded by the lock. */
  private final List<Double> marks = new ArrayList<>();

  /** Tokens of the examination that are in no review yet. Guarded by the lock. */
  private int unclaimed;

  private volatile double examinedWeight;

  LlmPromptCritic(
      ChatModel chat,
      PromptGuards guards,
      ClassWords words,
      double modelWeight,
      boolean examine,
      int maxTokens,
      int reasks) {
    this.chat = chat;
    this.words = words;
    this.maxTokens = Math.max(LEAST_TOKENS, maxTokens);
    this.json = new JsonChat(chat, reasks);
    this.guards = guards;
    this.modelWeight = modelWeight;
    this.examinedWeight = examine && modelWeight > 0 ? Double.NaN : modelWeight;
  }

  @Override
  public Review review(PromptRequest request, Prompt prompt) {
    List<Finding> findings = guards.inspect(request, prompt.text());
    double scoreCap = PromptGuards.scoreCap(findings);
    Weight weight = weight();
    if (weight.value() == 0) {
      return new Review(byRules(findings), weight.tokens());
    }
    String objects =
        request.slot().labels().stream().map(words::spoken).collect(Collectors.joining(" and "));
    JsonChat.Reply<Judgement> reply = ask(objects, prompt.text());
    double mark = reply.value().score();
    double score = Math.min(scoreCap, (1 - weight.value()) * scoreCap + weight.value() * mark);
    LOG.debug("model {}, rules {}, score {}: {}", mark, scoreCap, score, prompt.text());
    return new Review(
        new Critique(
            score,
            advice(findings, reply.value().advice().strip()),
            PromptGuards.isUsable(findings)),
        weight.tokens() + reply.tokens());
  }

  @Override
  public Critique byRules(PromptRequest request, Prompt prompt) {
    return byRules(guards.inspect(request, prompt.text()));
  }

  private static Critique byRules(List<Finding> findings) {
    return new Critique(
        PromptGuards.scoreCap(findings), advice(findings, ""), PromptGuards.isUsable(findings));
  }

  /** The weight of the model's marks, and the tokens spent just now to find it out. */
  Weight weight() {
    if (!Double.isNaN(examinedWeight)) {
      return new Weight(examinedWeight, 0);
    }
    try {
      // Many questions long, so whoever waits for another's examination must be able to leave.
      examination.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(
          chat.name() + ": the examination of the model as a judge was cancelled.", e);
    }
    try {
      return Double.isNaN(examinedWeight) ? examine() : new Weight(examinedWeight, 0);
    } finally {
      examination.unlock();
    }
  }

  /** Goes on where it stood, if whoever held it before ran out of time. */
  private Weight examine() {
    while (marks.size() < 2 * EXAMINATION.size()) {
      List<String> pair = EXAMINATION.get(marks.size() / 2);
      try {
        JsonChat.Reply<Judgement> reply = ask(pair.get(0), pair.get(1 + marks.size() % 2));
        unclaimed += reply.tokens();
        marks.add(reply.value().score());
      } catch (LlmException e) {
        if (e.kind() != LlmException.Kind.UNUSABLE_ANSWER) {
          throw e;
        }
        unclaimed += e.tokens();
        marks.add(Double.NaN);
        if (marks.size() % 2 == 1) {
          marks.add(Double.NaN);
        }
      }
    }
    int balance = 0;
    for (int pair = 0; pair < EXAMINATION.size(); pair++) {
      double better = marks.get(2 * pair);
      double worse = marks.get(2 * pair + 1);
      boolean isUnusable = Double.isNaN(better) || Double.isNaN(worse);
      balance += isUnusable ? -1 : (int) Math.signum(better - worse);
    }
    double weight = modelWeight * Math.max(0, balance) / EXAMINATION.size();
    examinedWeight = weight;
    LOG.info(
        "{} put {} of {} pairs of prompts right, on balance, so its marks count with weight {}{}.",
        chat.name(),
        balance,
        EXAMINATION.size(),
        weight,
        weight == 0 ? " and the rules judge alone" : "");
    int tokens = unclaimed;
    unclaimed = 0;
    return new Weight(weight, tokens);
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

  private static String advice(List<Finding> findings, String ofModel) {
    return Stream.concat(findings.stream().map(Finding::advice), Stream.of(ofModel))
        .filter(line -> !line.isBlank())
        .collect(Collectors.joining(" "));
  }

  private static ChatMessage question(String objects, String prompt) {
    return ChatMessage.user(REQUEST.fill(Map.of("objects", objects, "prompt", prompt)));
  }

  record Weight(double value, int tokens) {}

  /** What the model is asked for. */
  private record Judgement(String advice, @JsonShape.Part(min = 0, max = 1) double score) {}
}
