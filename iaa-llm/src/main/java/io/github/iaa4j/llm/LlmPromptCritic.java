package io.github.iaa4j.llm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.prompt.ClassWords;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges prompts with a language model and with rules; the rules have the last word. Made by {@link
 * LlmPromptAgent#critic()}.
 *
 * <p>The rules give a ceiling <i>c</i>: 0.3 where a label is not named, 0.4 where another class is
 * named or a word is repeated over and over, 0.6 where the prompt is too long, no single sentence
 * or holds quotes and marks, 0.7 where it describes no scene or is like an earlier one, else 1; the
 * lowest counts. The model gives <i>m</i>, its mark from 0 to 10 divided by 10. With the weight
 * <i>w</i> ({@link LlmPromptAgent.Builder#modelWeight}, 0.5 unless set) the score is
 *
 * <pre>min(c, (1 - w) c + w m)</pre>
 *
 * so a model that likes everything cannot lift a faulty prompt, and with <i>w</i> = 0.5 and no
 * faults, a score of 0.8 takes a mark of 6. Both numbers are logged at debug level. The advice is
 * the rules' first, then the model's.
 */
public final class LlmPromptCritic implements PromptCritic {

  private static final Logger LOG = LoggerFactory.getLogger(LlmPromptCritic.class);
  private static final Template SYSTEM = Template.load("judge-system.txt");
  private static final Template REQUEST = Template.load("judge-request.txt");
  private static final String GOOD = Template.load("judge-example-good.json").fill(Map.of());
  private static final String POOR = Template.load("judge-example-poor.json").fill(Map.of());
  private static final int MAX_TOKENS = 200;
  private static final int TOP_MARK = 10;
  private static final JsonSchema SCHEMA =
      new JsonSchema(
          "judgement",
          """
          {"type": "object",
           "properties": {"advice": {"type": "string"}, "score": {"type": "integer"}},
           "required": ["advice", "score"], "additionalProperties": false}""");

  private final JsonChat json;
  private final PromptGuards guards;
  private final double modelWeight;

  LlmPromptCritic(ChatModel chat, PromptGuards guards, double modelWeight) {
    this.json = new JsonChat(chat);
    this.guards = guards;
    this.modelWeight = modelWeight;
  }

  @Override
  public Review review(PromptRequest request, Prompt prompt) {
    List<PromptGuards.Finding> findings = guards.inspect(request, prompt.text());
    String objects =
        request.slot().labels().stream()
            .map(ClassWords::spoken)
            .collect(Collectors.joining(" and "));
    JsonChat.Reply<Judgement> reply =
        json.ask(
            ChatRequest.builder()
                .message(ChatMessage.system(SYSTEM.fill(Map.of())))
                .message(question("bicycle", "A bicycle and a bicycle in the the"))
                .message(ChatMessage.assistant(POOR))
                .message(
                    question(
                        "bicycle",
                        "A photo of a red bicycle that leans against a brick wall on a wet street"))
                .message(ChatMessage.assistant(GOOD))
                .message(question(objects, prompt.text()))
                .maxTokens(MAX_TOKENS)
                .temperature(0)
                .schema(SCHEMA)
                .build(),
            "score",
            LlmPromptCritic::judgement);
    double ceiling = PromptGuards.ceiling(findings);
    double mark = reply.value().mark();
    double score = Math.min(ceiling, (1 - modelWeight) * ceiling + modelWeight * mark);
    LOG.debug("model {}, rules {}, score {}: {}", mark, ceiling, score, prompt.text());
    String advice =
        Stream.concat(
                findings.stream().map(PromptGuards.Finding::advice),
                Stream.of(reply.value().advice()))
            .filter(line -> !line.isBlank())
            .collect(Collectors.joining(" "));
    return new Review(new Critique(score, advice), reply.tokens());
  }

  private static ChatMessage question(String objects, String prompt) {
    return ChatMessage.user(REQUEST.fill(Map.of("objects", objects, "prompt", prompt)));
  }

  private static Judgement judgement(JsonObject object) throws JsonAnswer.Unusable {
    JsonElement score = object.get("score");
    JsonElement advice = object.get("advice");
    double mark;
    try {
      mark = score.getAsDouble() / TOP_MARK;
    } catch (UnsupportedOperationException | IllegalStateException | NumberFormatException e) {
      throw new JsonAnswer.Unusable("The field \"score\" held no number");
    }
    if (!(mark >= 0 && mark <= 1)) {
      throw new JsonAnswer.Unusable("The field \"score\" was not from 0 to 10");
    }
    return new Judgement(
        mark, advice != null && advice.isJsonPrimitive() ? advice.getAsString().strip() : "");
  }

  /**
   * @param mark in [0, 1]
   */
  private record Judgement(double mark, String advice) {}
}
