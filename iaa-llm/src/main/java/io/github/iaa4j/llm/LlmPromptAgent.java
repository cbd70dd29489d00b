package io.github.iaa4j.llm;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptSource;
import io.github.iaa4j.core.prompt.TemplateCause;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.internal.guards.PromptGuards;
import io.github.iaa4j.llm.internal.json.JsonChat;
import io.github.iaa4j.llm.internal.json.JsonShape;
import io.github.iaa4j.llm.internal.scene.Layout;
import io.github.iaa4j.llm.internal.scene.NegativePrompt;
import io.github.iaa4j.llm.internal.scene.SceneSampler.Scene;
import io.github.iaa4j.llm.internal.scene.Scenes;
import io.github.iaa4j.llm.internal.scene.UsedWords;
import io.github.iaa4j.llm.internal.text.Setting;
import io.github.iaa4j.llm.internal.text.Template;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets a language model write the scene around a slot's labels.
 *
 * <p>The model gets the template prompt y0 ("a photo of a cat and a dog"), the place, light,
 * viewpoint and count that were sampled for the slot, how large each object is and where it stands,
 * and what was written for these labels before, so that this prompt differs. It answers JSON, at
 * temperature 0.8.
 *
 * <p>What it writes is checked by rules that it cannot argue with: every label is named, no other
 * class of the data set is, no text in the image, no collage and no style is asked for, and the
 * text encoder reads it to the end ({@link Builder#tokenCounter}). What can be fixed safely is
 * fixed at once: markup, quotes and letters of other scripts are removed, a kind is called by its
 * class ("kitten" becomes "cat"), a clause that names another class is dropped, a missing label is
 * added. The critic reports the remaining faults, and the model is asked again. {@link #fallback}
 * is y0 with one of each object, a place for each and a setting.
 *
 * <p>Small models copy what they are shown. A model that fails the examination of {@link
 * LlmPromptCritic} is therefore shown neither earlier prompts nor its faulty one: it gets another
 * place and writes from scratch. The rules still check how similar the result is to earlier
 * prompts.
 *
 * <p>The negative prompt is not left to the model: other classes of the data set, those of the same
 * group first (animals for an animal), look-alikes that {@link ClassWords} knows, then text,
 * watermark, collage, blurry.
 *
 * <p>Safe for use by many threads, as far as its chat model, token counter and embedder are, all of
 * which the caller closes after the last prompt.
 */
public final class LlmPromptAgent implements PromptAgent {

  private static final Template SYSTEM = Template.load("write-system.txt");
  private static final Template REQUEST = Template.load("write-request.txt");
  private static final Template MEMORY = Template.load("write-memory.txt");
  private static final Template USED = Template.load("write-used.txt");
  private static final Template REVISION = Template.load("write-revision.txt");
  private static final String EXAMPLE =
      Template.load("write-example.json").fill(Map.of("scene", Scenes.EXAMPLE));
  private static final JsonShape<PromptAnswer> SHAPE = JsonShape.of("photo", PromptAnswer.class);

  private static final double TEMPERATURE = 0.8;
  private static final int DEFAULT_MAX_TOKENS = 160;

  /** Where no token counter knows better. */
  private static final int MAX_WORDS = 45;

  /** How many earlier prompts the model is shown; more of them would be copied, not avoided. */
  private static final int EARLIER_SHOWN = 3;

  private static final int MAX_USED_WORDS = 12;

  private final ChatModel chat;
  private final JsonChat json;
  private final ClassWords words;
  private final @Nullable TokenCounter tokenCounter;
  private final int maxWords;
  private final int maxTokens;
  private final @Nullable SentenceEmbedder embedder;
  private final PromptGuards guards;
  private final Scenes scenes;
  private final NegativePrompt negativePrompt;

  /** The weight that the model has without an examination. */
  private final @Nullable Double setWeight;

  /** Its examination shows whether the model copies what it is shown. */
  private final LlmPromptCritic ownCritic;

  private final PromptCritic critic;

  private LlmPromptAgent(Builder builder) {
    chat = builder.chat;
    json = new JsonChat(chat);
    words = builder.words;
    tokenCounter = builder.tokenCounter;
    // English has about three words to four tokens.
    maxWords =
        tokenCounter == null
            ? MAX_WORDS
            : (int) Math.min(MAX_WORDS, Math.max(4, (tokenCounter.limit() - 2L) * 2 / 3));
    maxTokens = builder.maxTokens;
    embedder = builder.embedder;
    guards = new PromptGuards(words, MAX_WORDS, tokenCounter, Scenes.EXAMPLE);
    scenes = new Scenes(words);
    negativePrompt = new NegativePrompt(words, tokenCounter);
    setWeight = null;
    ownCritic = new LlmPromptCritic(chat, guards, words, tokenCounter, maxTokens);
    critic = embedder == null ? ownCritic : NearDuplicateCritic.of(ownCritic, embedder);
  }

  /** A copy whose model is not examined. */
  private LlmPromptAgent(LlmPromptAgent agent, double modelWeight) {
    chat = agent.chat;
    json = agent.json;
    words = agent.words;
    tokenCounter = agent.tokenCounter;
    maxWords = agent.maxWords;
    maxTokens = agent.maxTokens;
    embedder = agent.embedder;
    guards = agent.guards;
    scenes = agent.scenes;
    negativePrompt = agent.negativePrompt;
    setWeight = modelWeight;
    ownCritic = agent.ownCritic.withModelWeight(modelWeight);
    critic = embedder == null ? ownCritic : NearDuplicateCritic.of(ownCritic, embedder);
  }

  /**
   * An agent with the default options.
   *
   * @param chat who writes, and judges; a strict JSON mode is not needed. The caller closes it
   *     after the last prompt
   */
  public static LlmPromptAgent of(ChatModel chat) {
    return builder(chat).build();
  }

  /**
   * A builder. Defaults to at most 160 tokens an answer, the built-in words, no token counter and
   * no embedder.
   *
   * @param chat as {@link #of} takes it
   */
  public static Builder builder(ChatModel chat) {
    return new Builder(Objects.requireNonNull(chat, "chat"));
  }

  /** The name of the chat model, {@link ChatModel#name()}. */
  @Override
  public String name() {
    return chat.name();
  }

  /**
   * {@inheritDoc}
   *
   * <p>A weight that was {@linkplain #withModelWeight set} is part of it. The bound on the tokens
   * of an answer is not: a run whose answers were cut off may be resumed with a higher one.
   */
  @Override
  public Description describe() {
    Description description =
        Description.of("llm")
            .with("model", chat.name())
            .with("temperature", TEMPERATURE)
            .with("words", words.describe())
            .with("tokenLimit", tokenCounter == null ? "none" : tokenCounter.limit());
    return setWeight == null ? description : description.with("modelWeight", setWeight);
  }

  /** The words given to {@link Builder#words}, or the built-in ones. */
  @Override
  public ClassWords words() {
    return words;
  }

  /**
   * {@inheritDoc}
   *
   * <p>What the chat model reports, {@link ChatModel#waited()}: the {@linkplain #critic() critic}
   * asks the same model, so its waits are included.
   */
  @Override
  public Duration waited() {
    return chat.waited();
  }

  /**
   * {@inheritDoc}
   *
   * <p>A fault that cannot be fixed safely stays in the draft, for the critic to report.
   */
  @Override
  public Draft propose(PromptRequest request) {
    Scene scene = scenes.sample(request, request.occurrence());
    boolean hasMemory = !request.memory().isEmpty();
    // Where there is nothing to show, it does not matter whether the model would copy it.
    String memory = hasMemory && ownCritic.weight() > 0 ? memory(request) : "";
    return draft(request, scene, memory, request.seed());
  }

  /**
   * {@inheritDoc}
   *
   * <p>As with {@link #propose}, a fault that cannot be fixed safely stays.
   */
  @Override
  public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
    long seed = request.seed() * 31 + previous.text().hashCode();
    if (ownCritic.weight() == 0) {
      // A model that cannot judge copies what it is shown, so it only gets another place.
      Scene other = scenes.sample(request, new PromptRequest.Occurrence(0, seed));
      return draft(request, other, "", seed);
    }
    String advice = critique.advice().isBlank() ? "Make it clearer." : critique.advice();
    String revision = REVISION.fill(Map.of("advice", advice, "previous", previous.text()));
    Scene scene = scenes.sample(request, request.occurrence());
    return draft(request, scene, memory(request) + "\n" + revision, seed);
  }

  /**
   * {@inheritDoc}
   *
   * <p>This one names each label and where it stands, and no other class, in the setting of the
   * best prompt if that is clean, else in the place that was sampled.
   */
  @Override
  public Prompt fallback(PromptRequest request, @Nullable Prompt best) {
    Scene scene = scenes.sample(request, request.occurrence());
    return new Prompt(
        template(request, best == null ? "" : best.text(), scene), negativePrompt.of(request));
  }

  /**
   * A critic that asks the same model, with the same rules, and sends back near-duplicates if there
   * is an {@link Builder#embedder}.
   */
  @Override
  public PromptCritic critic() {
    return critic;
  }

  /**
   * {@inheritDoc}
   *
   * <p>It is 0 for a model that copies what it is shown, and known once the model was examined: see
   * {@link LlmPromptCritic}.
   */
  @Override
  public OptionalDouble modelWeight() {
    return ownCritic.modelWeight();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The {@link #critic} of the result has the same weight. With 0.5 a model that is known to
   * judge well counts as if it had passed the examination, which saves eight short requests, and in
   * a test eight scripted answers.
   *
   * @throws IllegalArgumentException if the weight is not in [0, 1]
   */
  @Override
  public LlmPromptAgent withModelWeight(double weight) {
    return new LlmPromptAgent(this, weight);
  }

  /**
   * What the model writes, fixed where that is safe.
   *
   * @param more what it is asked besides; may be empty
   */
  private Draft draft(PromptRequest request, Scene scene, String more, long seed) {
    JsonChat.Reply<PromptAnswer> reply =
        json.ask(conversation(request, scene, more).seed(positiveInt(seed)).build(), SHAPE);
    String written = reply.value().prompt();
    String repaired = guards.repair(request, written);
    // Markup alone leaves nothing.
    String text = repaired.isBlank() ? template(request, "", scene) : repaired;
    PromptSource source =
        repaired.isBlank() || guards.isTemplate(request, repaired, written)
            ? PromptSource.TEMPLATE
            : guards.isChanged(request, repaired, written)
                ? PromptSource.REPAIRED
                : PromptSource.AGENT;
    return new Draft(
        new Prompt(text, negativePrompt.of(request)),
        reply.tokens(),
        source,
        source == PromptSource.TEMPLATE ? TemplateCause.UNUSABLE_PROMPTS : null);
  }

  private String template(PromptRequest request, String text, Scene scene) {
    return guards.fallback(request, text, layout(request).sentence(words), scene.place());
  }

  private static Layout layout(PromptRequest request) {
    return Layout.draw(request.slot().labels(), request.seed());
  }

  /** A revision is a fresh question too: models cling to what they see as their own words. */
  private ChatRequest.Builder conversation(PromptRequest request, Scene scene, String more) {
    List<String> labels = request.slot().labels();
    return ChatRequest.builder()
        .maxTokens(maxTokens)
        .temperature(TEMPERATURE)
        .message(ChatMessage.system(SYSTEM.fill(Map.of("words", Integer.toString(maxWords)))))
        .message(
            ChatMessage.user(
                REQUEST.fill(
                    Map.of(
                        "template", "a photo of a bicycle",
                        "objects", "a bicycle, large, in the foreground",
                        "place", "on a wet street, at night, seen from the side",
                        "more", ""))))
        .message(ChatMessage.assistant(EXAMPLE))
        .message(
            ChatMessage.user(
                REQUEST.fill(
                    Map.of(
                        "template", Layout.template(labels, scene.count(), words),
                        "objects", layout(request).description(scene.count(), words),
                        "place", scene.place(),
                        "more", more))));
  }

  /** Earlier prompts for the same labels, and the words that came often before those. */
  private String memory(PromptRequest request) {
    List<String> all = request.memory();
    if (all.isEmpty()) {
      return "";
    }
    int firstShown = Math.max(0, all.size() - EARLIER_SHOWN);
    String used =
        UsedWords.of(all.subList(0, firstShown), request.slot().labels(), words, MAX_USED_WORDS);
    String earlier =
        all.subList(firstShown, all.size()).stream()
            .map(text -> "- " + text)
            .collect(Collectors.joining("\n"));
    return "\n"
        + MEMORY.fill(Map.of("earlier", earlier))
        + (used.isEmpty() ? "" : "\n" + USED.fill(Map.of("words", used)));
  }

  /** llama.cpp and OpenAI take 31 bits. */
  private static int positiveInt(long seed) {
    return (int) new SplittableRandom(seed).nextLong() & Integer.MAX_VALUE;
  }

  /** What the model is asked for. */
  private record PromptAnswer(@JsonShape.Part(min = 1) String prompt) {}

  /** Builds an agent. Not safe for use by several threads. */
  public static final class Builder {

    private final ChatModel chat;
    private ClassWords words = ClassWords.builtIn();
    private @Nullable TokenCounter tokenCounter;
    private @Nullable SentenceEmbedder embedder;
    private int maxTokens = DEFAULT_MAX_TOKENS;

    private Builder(ChatModel chat) {
      this.chat = chat;
    }

    /**
     * How the classes are named. Defaults to {@link ClassWords#builtIn}.
     *
     * @param words with a user's own classes, {@link ClassWords#read}
     */
    public Builder words(ClassWords words) {
      this.words = Objects.requireNonNull(words, "words");
      return this;
    }

    /**
     * Counts the tokens of a prompt, so that the text encoder reads it to the end. Defaults to
     * counting words, of which more than 45 are too long.
     *
     * @param counter of the sampler that will generate the images, {@code sampler.tokenCounter()};
     *     the caller keeps it open as long as the agent writes. Null counts words
     */
    public Builder tokenCounter(@Nullable TokenCounter counter) {
      this.tokenCounter = counter;
      return this;
    }

    /**
     * Makes {@link #critic} reject prompts that are too similar to an earlier one for the same
     * labels, as {@link NearDuplicateCritic} does. Defaults to comparing only the words.
     *
     * @param embedder the caller keeps it open as long as the agent writes. Null compares words
     */
    public Builder embedder(@Nullable SentenceEmbedder embedder) {
      this.embedder = embedder;
      return this;
    }

    /**
     * Limits the length of the model's answers. Defaults to 160. As a critic the model may always
     * write 200.
     *
     * @param tokens the most tokens in one answer, from 32; models that think aloud need thousands
     */
    public Builder maxTokens(int tokens) {
      this.maxTokens = tokens;
      return this;
    }

    /**
     * Builds the agent.
     *
     * @throws ConfigurationException if {@link #maxTokens} is out of range
     */
    public LlmPromptAgent build() {
      if (maxTokens < 32) {
        throw new ConfigurationException(Setting.MAX_TOKENS + " is at least 32, not " + maxTokens);
      }
      return new LlmPromptAgent(this);
    }
  }
}
