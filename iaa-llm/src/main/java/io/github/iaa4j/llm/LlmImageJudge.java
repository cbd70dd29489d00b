package io.github.iaa4j.llm;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.chat.JsonSchema;
import io.github.iaa4j.llm.internal.json.JsonAnswer;
import io.github.iaa4j.llm.internal.json.JsonChat;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows an image to a vision model and asks, class by class, whether it is visible: "yes" is the
 * probability 1, "no" is 0, "unsure" is 0.5.
 *
 * <p>The classes are asked for in groups of at most 20, because small models answer long lists
 * carelessly. The answer must have a field for each class: the model decides on every one, by name,
 * and cannot stop at the most striking one. (Asking about each class by name is how object
 * hallucination is measured: Li et al., <em>Evaluating Object Hallucination in Large
 * Vision-Language Models</em>, arXiv 2305.10355.) The image precedes the question, so that servers
 * with a prompt cache process it only once.
 *
 * <p>The image is sent as PNG, so that the model sees the exact pixels. An image whose longer side
 * exceeds 512 pixels is scaled down to that first. The temperature is 0 and the seed fixed: the
 * same image gets the same answer as far as the server is deterministic. Many servers are not when
 * they process several requests in one batch.
 *
 * <p>An answer that cannot be used is shown to the model once. If the second is unusable too, the
 * classes in question count as not visible, with a warning in the log: an image that was not judged
 * is not kept, and a single answer does not end a run. After 20 such groups in a row the {@link
 * LlmException} is thrown, as the model cannot do what is asked. If the server cannot be reached or
 * refuses, after the retries of the chat model, the {@link LlmException} is thrown at once. It ends
 * the run even if it is temporary, because an image must not be rejected for a server that was
 * away. The run can be resumed.
 *
 * <p>Safe for use by many threads, as far as its chat model is.
 */
public final class LlmImageJudge implements ImageScorer {

  private static final Logger LOG = LoggerFactory.getLogger(LlmImageJudge.class);
  private static final Template SYSTEM = Template.load("look-system.txt");
  private static final Template REQUEST = Template.load("look-request.txt");
  private static final String FIELD = "visible";
  private static final int MAX_UNUSABLE_IN_A_ROW = 20;

  /**
   * How many classes one request asks for: all of VOC's. Small models answer longer lists
   * carelessly; one class at a time would cost as many requests as there are classes.
   */
  private static final int MAX_CLASSES = 20;

  /** Pixels. What Stable Diffusion 1.5 generates; vision models scale larger images down too. */
  private static final int MAX_SIDE = 512;

  /** For servers that sample even at temperature 0. */
  private static final int SEED = 0;

  private static final int TOKENS_OF_ANSWER = 64;
  private static final int TOKENS_OF_CLASS = 16;

  private final ChatModel chat;
  private final JsonChat json;
  private final List<String> classNames;

  /** The classes as people name them, each in one word. */
  private final List<String> fields;

  private final int maxTokens;
  private final AtomicInteger unusableInARow = new AtomicInteger();

  private LlmImageJudge(Builder builder) {
    chat = builder.chat;
    json = new JsonChat(chat);
    classNames = builder.classNames;
    fields = builder.fields();
    maxTokens = builder.maxTokens;
  }

  /**
   * A judge with the default options.
   *
   * @param chat a model that accepts images; the caller closes it after the last image
   * @param classNames the data set's classes, in the order that the scores will have
   * @throws ConfigurationException if there is no class, or two classes have the same name in a
   *     question
   */
  public static LlmImageJudge of(ChatModel chat, List<String> classNames) {
    return builder(chat, classNames).build();
  }

  /**
   * A builder. Defaults to the built-in words and to just as many tokens as an answer needs.
   *
   * @param chat a model that accepts images; the caller closes it after the last image
   * @param classNames the data set's classes, in the order that the scores will have
   */
  public static Builder builder(ChatModel chat, List<String> classNames) {
    return new Builder(
        Objects.requireNonNull(chat, "chat"), Objects.requireNonNull(classNames, "classNames"));
  }

  /** The classes that the judge was built with, in the order of the scores. */
  @Override
  public List<String> classNames() {
    return classNames;
  }

  /**
   * {@inheritDoc}
   *
   * @throws LlmException if the server cannot be reached or refuses, or the model has given no
   *     usable answer for 20 groups in a row
   */
  @Override
  public float[] score(RgbImage image) {
    String url = dataUrl(scaled(image));
    float[] scores = new float[classNames.size()];
    for (int from = 0; from < scores.length; from += MAX_CLASSES) {
      List<String> group = fields.subList(from, Math.min(scores.length, from + MAX_CLASSES));
      float[] answers = ask(url, group);
      System.arraycopy(answers, 0, scores, from, answers.length);
    }
    return scores;
  }

  private float[] ask(String image, List<String> group) {
    ChatRequest request =
        ChatRequest.builder()
            .message(ChatMessage.system(SYSTEM.fill(Map.of())))
            .message(
                ChatMessage.user(
                    REQUEST.fill(Map.of("objects", String.join(", ", group))), List.of(image)))
            .schema(schema(group))
            .temperature(0)
            .seed(SEED)
            .maxTokens(Math.max(maxTokens, TOKENS_OF_ANSWER + TOKENS_OF_CLASS * group.size()))
            .build();
    try {
      float[] answers = json.ask(request, FIELD, object -> answers(object, group)).value();
      unusableInARow.set(0);
      return answers;
    } catch (LlmException e) {
      if (e.kind() != LlmException.Kind.UNUSABLE_ANSWER
          || unusableInARow.incrementAndGet() >= MAX_UNUSABLE_IN_A_ROW) {
        throw e;
      }
      LOG.warn("{} count as not visible. {}", group, e.getMessage());
      return new float[group.size()];
    }
  }

  private static float[] answers(JsonObject object, List<String> group) throws JsonAnswer.Unusable {
    if (!(object.get(FIELD) instanceof JsonObject visible)) {
      throw new JsonAnswer.Unusable("The field \"" + FIELD + "\" held no object");
    }
    float[] answers = new float[group.size()];
    for (int i = 0; i < answers.length; i++) {
      answers[i] = probability(group.get(i), visible.get(group.get(i)));
    }
    return answers;
  }

  private static float probability(String field, @Nullable JsonElement answer)
      throws JsonAnswer.Unusable {
    if (answer instanceof JsonPrimitive word) {
      if (word.isNumber() && word.getAsDouble() >= 0 && word.getAsDouble() <= 1) {
        return word.getAsFloat();
      }
      Float known =
          switch (word.getAsString().strip().toLowerCase(Locale.ROOT)) {
            case "yes", "true" -> 1f;
            case "no", "false" -> 0f;
            case "unsure" -> 0.5f;
            default -> null;
          };
      if (known != null) {
        return known;
      }
    }
    throw new JsonAnswer.Unusable(
        "\"" + field + "\" was not answered with \"yes\", \"no\" or \"unsure\"");
  }

  private static JsonSchema schema(List<String> group) {
    JsonObject answer = new JsonObject();
    answer.addProperty("type", "string");
    JsonArray words = new JsonArray();
    List.of("yes", "no", "unsure").forEach(words::add);
    answer.add("enum", words);
    JsonObject visible = new JsonObject();
    group.forEach(field -> visible.add(field, answer));
    JsonObject root = new JsonObject();
    root.add(FIELD, object(visible));
    return new JsonSchema(FIELD, object(root).toString());
  }

  private static JsonObject object(JsonObject properties) {
    JsonArray required = new JsonArray();
    properties.keySet().forEach(required::add);
    JsonObject object = new JsonObject();
    object.addProperty("type", "object");
    object.add("properties", properties);
    object.add("required", required);
    object.addProperty("additionalProperties", false);
    return object;
  }

  private static RgbImage scaled(RgbImage image) {
    int longer = Math.max(image.width(), image.height());
    if (longer <= MAX_SIDE) {
      return image;
    }
    double scale = MAX_SIDE / (double) longer;
    return image.scaledTo(
        Math.max(1, (int) Math.round(image.width() * scale)),
        Math.max(1, (int) Math.round(image.height() * scale)));
  }

  private static String dataUrl(RgbImage image) {
    return "data:image/png;base64,"
        + Base64.getEncoder().encodeToString(ImageEncoding.PNG.encode(image));
  }

  /**
   * {@inheritDoc}
   *
   * <p>The model and how it is queried. The limit on the tokens of an answer is not part of it: a
   * run whose answers were cut off may be resumed with a higher one.
   */
  @Override
  public Description describe() {
    return Description.of("image judge")
        .with("model", chat.name())
        .with("fields", fields)
        .with("classesAtOnce", MAX_CLASSES)
        .with("longestSide", MAX_SIDE)
        .with("seed", SEED);
  }

  /** Builds a judge. Not safe for use by several threads. */
  public static final class Builder {

    private final ChatModel chat;
    private final List<String> classNames;
    private int maxTokens;
    private ClassWords words = ClassWords.builtIn();

    private Builder(ChatModel chat, List<String> classNames) {
      this.chat = chat;
      this.classNames = List.copyOf(classNames);
    }

    /**
     * Gives the model more room than the answer itself needs, which models that think aloud must
     * have. Defaults to 64 tokens, and 16 more for each class.
     *
     * @param tokens the most tokens in one answer; a number below the default changes nothing
     */
    public Builder maxTokens(int tokens) {
      this.maxTokens = tokens;
      return this;
    }

    /**
     * How the classes are named in the question. Defaults to {@link ClassWords#builtIn}.
     *
     * @param words the words that the prompts are written with
     */
    public Builder words(ClassWords words) {
      this.words = Objects.requireNonNull(words, "words");
      return this;
    }

    private List<String> fields() {
      return classNames.stream().map(name -> words.spoken(name).replace(' ', '_')).toList();
    }

    /**
     * Builds the judge.
     *
     * @throws ConfigurationException if there is no class, or two classes have the same name in a
     *     question
     */
    public LlmImageJudge build() {
      List<String> faults = new ArrayList<>();
      if (classNames.isEmpty()) {
        faults.add("classNames is empty; name the data set's classes");
      }
      List<String> fields = fields();
      for (int i = 0; i < fields.size(); i++) {
        if (fields.indexOf(fields.get(i)) < i) {
          faults.add(
              "classNames holds " + classNames.get(i) + " twice, or another that is named like it");
        }
      }
      if (!faults.isEmpty()) {
        throw new ConfigurationException(faults);
      }
      return new LlmImageJudge(this);
    }
  }
}
