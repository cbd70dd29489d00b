package io.github.iaa4j.llm;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.PromptSource;
import io.github.iaa4j.core.prompt.TemplateCause;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.internal.guards.PromptGuards;
import io.github.iaa4j.llm.internal.json.JsonChat;
import io.github.iaa4j.llm.internal.json.JsonShape;
import io.github.iaa4j.llm.internal.scene.Layout;
import io.github.iaa4j.llm.internal.scene.SceneSampler;
import io.github.iaa4j.llm.internal.scene.UsedWords;
import io.github.iaa4j.llm.internal.text.Setting;
import io.github.iaa4j.llm.internal.text.Template;
import io.github.iaa4j.llm.testing.FakeChatModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lets a language model write the scene around a slot's labels.
 *
 * <p>The model gets the template prompt y0 ("a photo of a cat and a dog"), the place, light,
 * viewpoint and count that are dealt to the slot's turn among those with the same labels, how large
 * each object is and where it stands, and what was written for these labels before, so that this
 * one differs. It answers JSON.
 *
 * <p>What it writes is held to rules that it cannot talk its way round: every label is named, no
 * other class of the data set is, no text in the image, collage or style is asked for, and the text
 * encoder reads it to the end ({@link Builder#tokenCounter}). What can be fixed safely is fixed at
 * once: marks, quotes and letters of other scripts go, a kind is called by its class ("kitten"
 * becomes "cat"), a clause that names another class is dropped, a missing label is added. What is
 * left of the faults, the critic reports, and the model is asked again. {@link #lastResort} is y0
 * with one of each object, a place for each and a setting.
 *
 * <p>Small models copy what they are shown. A model that fails the examination of {@link
 * LlmPromptCritic} is therefore shown neither earlier prompts nor its faulty one: it gets another
 * place, and writes afresh. Likeness to earlier prompts is checked by the rules all the same.
 *
 * <p>The negative prompt is not left to the model: other classes of the data set, those of the same
 * group first (animals for an animal), look-alikes that {@link ClassWords} knows, then text,
 * watermark, collage, blurry.
 *
 * <p>Safe for use by many threads, as far as its chat model is.
 */
public final class LlmPromptAgent implements PromptAgent {

  private static final Template SYSTEM = Template.load("write-system.txt");
  private static final Template REQUEST = Template.load("write-request.txt");
  private static final Template MEMORY = Template.load("write-memory.txt");
  private static final Template USED = Template.load("write-used.txt");
  private static final Template REVISION = Template.load("write-revision.txt");
  public static final String EXAMPLE_SCENE = "against a brick wall on a wet street at night";
  private static final String EXAMPLE =
      Template.load("write-example.json").fill(Map.of("scene", EXAMPLE_SCENE));
  private static final List<String> PLACES = Template.lines("places.txt");
  private static final List<String> ROOMS = Template.lines("rooms.txt");
  private static final List<String> LIGHTS = Template.lines("lights.txt");
  private static final List<String> ROOM_LIGHTS = Template.lines("room-lights.txt");
  private static final List<String> VIEWPOINTS = Template.lines("viewpoints.txt");
  private static final List<String> COUNTS = Template.lines("counts.txt");
  private static final JsonShape<Photo> SHAPE = JsonShape.of("photo", Photo.class);

  /** Groups of {@link ClassWords} that are photographed outdoors whatever else is there. */
  private static final Set<String> STREET = Set.of("street", "vehicle");

  /** Groups that are photographed outdoors, but for what stands beside those of a room. */
  private static final Set<String> OPEN_AIR = Set.of("animal", "sport");

  private static final Set<String> ROOM = Set.of("bathroom", "electronics", "furniture", "kitchen");
  private static final int SCENES_WEIGHED = 4;
  private static final int MOST_USED_WORDS = 12;
  private static final int MOST_OF_A_GROUP = 5;
  private static final int MOST_LOOK_ALIKES = 4;
  private static final int MOST_NEGATIVE_NAMES = 10;

  private final ChatModel chat;
  private final @Nullable ChatModel judge;
  private final JsonChat json;
  private final PromptGuards guards;
  private final int maxWords;
  private final int maxTokens;
  private final double temperature;
  private final boolean examineJudge;
  private final int remembered;
  private final ClassWords words;
  private final @Nullable TokenCounter tokenCounter;
  private final PromptCritic critic;

  /** Examines the writer: a model that cannot judge copies what it is shown. */
  private final LlmPromptCritic writersCritic;

  private final List<String> places;
  private final List<String> negativeTerms;

  private LlmPromptAgent(Builder builder) {
    chat = builder.chat;
    judge = builder.judge;
    json = new JsonChat(chat, builder.reasks);
    words = builder.words;
    tokenCounter = builder.tokenCounter;
    guards =
        new PromptGuards(
            words, builder.maxWords, tokenCounter, builder.allowedStyles, EXAMPLE_SCENE);
    // English has about three words to four tokens.
    maxWords =
        tokenCounter == null
            ? builder.maxWords
            : (int) Math.min(builder.maxWords, Math.max(4, (tokenCounter.limit() - 2L) * 2 / 3));
    maxTokens = builder.maxTokens;
    temperature = builder.temperature;
    examineJudge = builder.examineJudge && builder.modelWeight > 0;
    remembered = builder.remembered;
    writersCritic = critic(builder, chat);
    LlmPromptCritic judging = judge == null ? writersCritic : critic(builder, judge);
    SentenceEmbedder embedder = builder.embedder;
    critic =
        embedder == null
            ? judging
            : NearDuplicateCritic.of(judging, embedder).from(builder.nearDuplicatesFrom);
    places = builder.places;
    negativeTerms =
        builder.negativeTerms.stream()
            .filter(term -> !builder.allowedStyles.contains(term))
            .toList();
  }

  private LlmPromptCritic critic(Builder builder, ChatModel judge) {
    return new LlmPromptCritic(
        judge, guards, words, builder.modelWeight, builder.examineJudge, maxTokens, builder.reasks);
  }

  /** An agent with the default options. */
  public static LlmPromptAgent of(ChatModel chat) {
    return builder(chat).build();
  }

  /** Starts with 45 words, 160 tokens, temperature 0.8, half the score from the model. */
  public static Builder builder(ChatModel chat) {
    return new Builder(chat);
  }

  @Override
  public String name() {
    return chat.name();
  }

  @Override
  public Duration waited() {
    ChatModel other = judge;
    return other == null || other == chat ? chat.waited() : chat.waited().plus(other.waited());
  }

  /**
   * {@inheritDoc}
   *
   * <p>A fault that cannot be fixed safely stays in the draft, for the critic to report.
   */
  @Override
  public Draft propose(PromptRequest request) {
    SceneSampler.Scene scene = scene(request, request.turn());
    LlmPromptCritic.Weight weight = weight(!request.memory().isEmpty());
    String memory = weight.value() > 0 ? memory(request) : "";
    JsonChat.Reply<Photo> reply =
        json.ask(conversation(request, scene, memory).seed(seed(request.seed())).build(), SHAPE);
    return draft(request, reply.value().prompt(), scene, weight.tokens() + reply.tokens());
  }

  /**
   * {@inheritDoc}
   *
   * <p>As with {@link #propose}, a fault that cannot be fixed safely stays.
   */
  @Override
  public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
    long seed = request.seed() * 31 + previous.text().hashCode();
    LlmPromptCritic.Weight weight = weight(true);
    // A model that cannot judge copies what it is shown, so it only gets another place.
    boolean shown = weight.value() > 0;
    SceneSampler.Scene scene =
        scene(request, shown ? request.turn() : new PromptRequest.Turn(0, seed));
    String advice = critique.advice().isBlank() ? "Make it clearer." : critique.advice();
    String revision =
        shown
            ? memory(request)
                + "\n"
                + REVISION.fill(Map.of("advice", advice, "previous", previous.text()))
            : "";
    JsonChat.Reply<Photo> reply =
        json.ask(conversation(request, scene, revision).seed(seed(seed)).build(), SHAPE);
    return draft(request, reply.value().prompt(), scene, weight.tokens() + reply.tokens());
  }

  /**
   * {@inheritDoc}
   *
   * <p>This one names each label and where it stands, and no other class, in the setting of the
   * best prompt if that is clean, else in the place that was drawn.
   */
  @Override
  public Prompt lastResort(PromptRequest request, @Nullable Prompt best) {
    return new Prompt(
        floor(request, best == null ? "" : best.text(), scene(request, request.turn())),
        negative(request));
  }

  private String floor(PromptRequest request, String text, SceneSampler.Scene scene) {
    return guards.fallback(request, text, layout(request).sentence(words), place(scene));
  }

  private static Layout layout(PromptRequest request) {
    return Layout.draw(request.slot().labels(), request.seed());
  }

  /**
   * A critic that asks {@link Builder#judge}, or else the same model, with the same rules, and
   * sends back near-duplicates where there is an {@link Builder#embedder}.
   */
  @Override
  public PromptCritic critic() {
    return critic;
  }

  /** Whether the model can judge, asked only where it matters. */
  private LlmPromptCritic.Weight weight(boolean matters) {
    return matters && examineJudge ? writersCritic.weight() : new LlmPromptCritic.Weight(1, 0);
  }

  /** A revision is a fresh question too: models cling to what stands as their own words. */
  private ChatRequest.Builder conversation(
      PromptRequest request, SceneSampler.Scene scene, String more) {
    List<String> labels = request.slot().labels();
    return ChatRequest.builder()
        .maxTokens(maxTokens)
        .temperature(temperature)
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
                        "objects", layout(request).told(scene.count(), words),
                        "place", place(scene),
                        "more", more))));
  }

  private Draft draft(PromptRequest request, String written, SceneSampler.Scene scene, int tokens) {
    String mended = guards.repair(request, written);
    // Marks alone leave nothing.
    String text = mended.isBlank() ? floor(request, "", scene) : mended;
    PromptSource source =
        mended.isBlank() || guards.isTemplate(request, mended, written)
            ? PromptSource.TEMPLATE
            : guards.isChanged(request, mended, written)
                ? PromptSource.REPAIRED
                : PromptSource.AGENT;
    return new Draft(
        new Prompt(text, negative(request)),
        tokens,
        source,
        source == PromptSource.TEMPLATE ? TemplateCause.UNUSABLE_PROMPTS : null);
  }

  /** The card of the slot's turn, so that slots with the same labels get different scenes. */
  private SceneSampler.Scene scene(PromptRequest request, PromptRequest.Turn turn) {
    List<String> labels = request.slot().labels();
    boolean open = places.isEmpty() && outdoors(labels);
    SceneSampler deck =
        new SceneSampler(
            !places.isEmpty() ? places : open ? PLACES : ROOMS,
            open ? LIGHTS : ROOM_LIGHTS,
            VIEWPOINTS,
            labels.size() == 1 ? COUNTS : COUNTS.subList(0, 2));
    SceneSampler.Scene scene = deck.deal(turn);
    // The critique says what the painter could not paint, but not every model can act on it.
    for (int i = 1; i < SCENES_WEIGHED && !request.experience().isEmpty(); i++) {
      SceneSampler.Scene other = deck.deal(new PromptRequest.Turn(turn.index(), turn.seed() + i));
      if (expectation(request, place(other)) > expectation(request, place(scene))) {
        scene = other;
      }
    }
    return scene;
  }

  private static String place(SceneSampler.Scene scene) {
    return scene.setting() + ", " + scene.light() + ", " + scene.viewpoint();
  }

  private boolean outdoors(List<String> labels) {
    Set<String> groups = labels.stream().map(words::group).collect(Collectors.toSet());
    return !Collections.disjoint(groups, STREET)
        || (!Collections.disjoint(groups, OPEN_AIR) && Collections.disjoint(groups, ROOM));
  }

  private double expectation(PromptRequest request, String place) {
    List<String> labels = request.slot().labels();
    return request
        .experience()
        .expectation(labels, TemplatePromptAgent.template(labels, words).text() + " " + place);
  }

  private String memory(PromptRequest request) {
    List<String> all = request.memory();
    if (all.isEmpty() || remembered == 0) {
      return "";
    }
    int shown = Math.min(remembered, all.size());
    String used =
        UsedWords.of(
            all.subList(0, all.size() - shown), request.slot().labels(), words, MOST_USED_WORDS);
    return "\n"
        + MEMORY.fill(
            Map.of(
                "earlier",
                all.subList(all.size() - shown, all.size()).stream()
                    .map(text -> "- " + text)
                    .collect(Collectors.joining("\n"))))
        + (used.isEmpty() ? "" : "\n" + USED.fill(Map.of("words", used)));
  }

  /** What the painter takes for the wanted classes, other classes, and what spoils any photo. */
  private String negative(PromptRequest request) {
    List<String> labels = request.slot().labels();
    List<String> others = request.unwanted();
    Set<String> names = new LinkedHashSet<>();
    others.stream()
        .filter(other -> labels.stream().anyMatch(label -> isTakenFor(label, other)))
        .limit(MOST_OF_A_GROUP)
        .map(words::spoken)
        .forEach(names::add);
    labels.stream()
        .flatMap(label -> words.lookAlikes(label).stream())
        .filter(term -> words.mentions(term, labels).isEmpty())
        .limit(MOST_LOOK_ALIKES)
        .forEach(names::add);
    others.stream()
        .map(words::spoken)
        .limit(MOST_NEGATIVE_NAMES)
        .filter(name -> names.size() < MOST_NEGATIVE_NAMES)
        .forEach(names::add);
    List<String> kept = new ArrayList<>(names);
    String text = joined(kept);
    while (tokenCounter != null
        && !kept.isEmpty()
        && tokenCounter.count(text) > tokenCounter.limit()) {
      kept.remove(kept.size() - 1);
      text = joined(kept);
    }
    return text;
  }

  private boolean isTakenFor(String label, String other) {
    return (!words.group(label).isEmpty() && words.group(label).equals(words.group(other)))
        || words.lookAlikes(label).contains(words.spoken(other));
  }

  private String joined(List<String> names) {
    return Stream.concat(names.stream(), negativeTerms.stream()).collect(Collectors.joining(", "));
  }

  /** llama.cpp and OpenAI take 31 bits. */
  private static int seed(long seed) {
    return (int) new SplittableRandom(seed).nextLong() & Integer.MAX_VALUE;
  }

  /** What the model is asked for. */
  private record Photo(@JsonShape.Part(min = 1) String prompt) {}

  /** Collects the options of an agent. */
  public static final class Builder {

    private final ChatModel chat;
    private int maxWords = 45;
    private int maxTokens = 160;
    private double temperature = 0.8;
    private double modelWeight = 0.5;
    private boolean examineJudge;
    private int remembered = 3;
    private int reasks = 1;
    private @Nullable SentenceEmbedder embedder;
    private double nearDuplicatesFrom = NearDuplicateCritic.DEFAULT_THRESHOLD;
    private ClassWords words = ClassWords.builtIn();
    private @Nullable TokenCounter tokenCounter;
    private @Nullable ChatModel judge;
    private List<String> allowedStyles = List.of();
    private List<String> places = List.of();
    private List<String> negativeTerms = List.of("text", "watermark", "collage", "blurry");

    private Builder(ChatModel chat) {
      this.chat = chat;
      this.examineJudge = !(chat instanceof FakeChatModel);
    }

    /**
     * Bounds the prompt.
     *
     * @param words the most words in a prompt, from 12 to 200. The model is told so; where no
     *     {@link #tokenCounter} knows better, more words are a fault
     */
    public Builder maxWords(int words) {
      this.maxWords = words;
      return this;
    }

    /**
     * Bounds the model's answers; 160 unless set. What it writes as a critic may have at least 200.
     *
     * @param tokens the most tokens in one answer, from 32; models that think aloud need thousands
     */
    public Builder maxTokens(int tokens) {
      this.maxTokens = tokens;
      return this;
    }

    /**
     * How freely the model writes.
     *
     * @param temperature in [0, 2]
     */
    public Builder temperature(double temperature) {
      this.temperature = temperature;
      return this;
    }

    /**
     * How much the model's own score counts in {@link LlmPromptCritic}.
     *
     * @param weight in [0, 1]; with 0 the rules judge alone and the model only writes
     */
    public Builder modelWeight(double weight) {
      this.modelWeight = weight;
      return this;
    }

    /**
     * Whether the model must show that it can tell good prompts from bad before its score counts;
     * true unless set, but for a {@link FakeChatModel}, whose script is what a test says of it.
     *
     * @param examine false takes the model's score as it is, and saves eight short questions
     */
    public Builder examineJudge(boolean examine) {
      this.examineJudge = examine;
      return this;
    }

    /**
     * How often an answer that cannot be used is shown to the model with what is wrong, so that it
     * answers again; once unless set.
     *
     * @param times from 0
     */
    public Builder reasks(int times) {
      this.reasks = times;
      return this;
    }

    /**
     * How many earlier prompts the model is shown, so that it writes another; 3 unless set. What
     * lies further back is summed up in a dozen words that came often. Likeness is checked against
     * all that the request holds.
     *
     * @param prompts from 0
     */
    public Builder remember(int prompts) {
      this.remembered = prompts;
      return this;
    }

    /**
     * Has {@link #critic} send back what is too like an earlier prompt for the same labels, as
     * {@link NearDuplicateCritic} finds it. Without one, only the words are compared.
     *
     * @param embedder closed by whoever made it, after the last prompt
     */
    public Builder embedder(SentenceEmbedder embedder) {
      this.embedder = embedder;
      return this;
    }

    /**
     * How the classes are named: {@link ClassWords#builtIn} unless set.
     *
     * @param words with a user's own classes, {@link ClassWords#read}
     */
    public Builder words(ClassWords words) {
      this.words = words;
      return this;
    }

    /**
     * From which cosine on prompts are too alike, with an {@link #embedder}; 0.9 unless set.
     *
     * @param cosine in (0, 1]
     */
    public Builder nearDuplicatesFrom(double cosine) {
      this.nearDuplicatesFrom = cosine;
      return this;
    }

    /**
     * Who counts the tokens of a prompt, so that the painter reads it to the end; without one,
     * words are counted.
     *
     * @param counter of the sampler that will paint, {@code sampler.tokenCounter()}; open as long
     *     as the agent writes
     */
    public Builder tokenCounter(@Nullable TokenCounter counter) {
      this.tokenCounter = counter;
      return this;
    }

    /**
     * Who judges, where that is not the model that writes.
     *
     * @param judge the critic's model
     */
    public Builder judge(ChatModel judge) {
      this.judge = judge;
      return this;
    }

    /**
     * Words of style that prompts may hold, for those who want no photos; none unless set.
     *
     * @param styles such as {@code watercolour} or {@code logo}, in lower case
     */
    public Builder allowStyles(List<String> styles) {
      this.allowedStyles = List.copyOf(styles);
      return this;
    }

    /**
     * Places to draw from, in place of the built-in ones. The light is one that rooms have too.
     *
     * @param places such as {@code in a snowy field}; empty for the built-in ones
     */
    public Builder places(List<String> places) {
      this.places = List.copyOf(places);
      return this;
    }

    /**
     * What no image may show, in place of text, watermark, collage and blurry.
     *
     * @param terms may be empty
     */
    public Builder negativeTerms(List<String> terms) {
      this.negativeTerms = List.copyOf(terms);
      return this;
    }

    /**
     * The agent.
     *
     * @throws ConfigurationException naming every option that is out of range
     */
    public LlmPromptAgent build() {
      List<String> faults = new ArrayList<>();
      if (maxWords < 12 || maxWords > 200) {
        faults.add("maxWords is from 12 to 200, not " + maxWords);
      }
      if (maxTokens < 32) {
        faults.add(Setting.MAX_TOKENS + " is at least 32, not " + maxTokens);
      }
      if (!(temperature >= 0 && temperature <= 2)) {
        faults.add("temperature is in [0, 2], not " + temperature);
      }
      if (!(modelWeight >= 0 && modelWeight <= 1)) {
        faults.add("modelWeight is in [0, 1], not " + modelWeight);
      }
      if (remembered < 0) {
        faults.add("remember is at least 0, not " + remembered);
      }
      if (reasks < 0) {
        faults.add("reasks is at least 0, not " + reasks);
      }
      if (!(nearDuplicatesFrom > 0 && nearDuplicatesFrom <= 1)) {
        faults.add("nearDuplicatesFrom is in (0, 1], not " + nearDuplicatesFrom);
      }
      if (!faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return new LlmPromptAgent(this);
    }
  }
}
