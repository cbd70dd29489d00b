package io.github.iaa4j.llm;

import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.llm.chat.ChatModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The run whose exchanges are recorded: 12 label sets of VOC and 12 of COCO, one after another. */
final class RecordedRun {

  /** As tests see it, from the folder of this module. */
  static final Path FILE = Path.of("src/test/resources/recordings/smollm2-prompts.jsonl");

  private static final int REMEMBERED = 8;

  private static final List<String> COCO =
      List.of(
          ("person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,"
                  + "fire hydrant,stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,"
                  + "elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,"
                  + "skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,"
                  + "surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,"
                  + "apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,"
                  + "potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,"
                  + "cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,"
                  + "teddy bear,hair drier,toothbrush")
              .split(","));

  private static final List<List<String>> OF_VOC =
      List.of(
          List.of("tvmonitor"),
          List.of("chair", "diningtable"),
          List.of("pottedplant"),
          List.of("horse", "person"),
          List.of("cat", "sofa"),
          List.of("aeroplane"),
          List.of("bus", "car"),
          List.of("dog"),
          List.of("boat", "person"),
          List.of("bottle", "diningtable", "person"),
          List.of("cat"),
          List.of("motorbike", "person"));

  private static final List<List<String>> OF_COCO =
      List.of(
          List.of("car", "traffic light"),
          List.of("fire hydrant"),
          List.of("person", "pizza", "dining table"),
          List.of("hot dog"),
          List.of("tv", "remote"),
          List.of("person", "cell phone"),
          List.of("banana", "orange"),
          List.of("chair", "potted plant"),
          List.of("teddy bear"),
          List.of("person", "skis"),
          List.of("zebra", "giraffe"),
          List.of("cat", "laptop"));

  private RecordedRun() {}

  /** A request and the prompt that came of it. */
  record Story(PromptRequest request, RefinedPrompt refined) {}

  /** Writes and refines all the prompts with this model. */
  static List<Story> run(ChatModel chat) {
    LlmPromptAgent agent = LlmPromptAgent.of(chat);
    List<Story> stories = new ArrayList<>(run(agent, OF_VOC, VocDataset.CLASS_NAMES, 1));
    stories.addAll(run(agent, OF_COCO, COCO, 2));
    return stories;
  }

  private static List<Story> run(
      LlmPromptAgent agent, List<List<String>> labelSets, List<String> classNames, int seed) {
    SelfRefinement refinement = SelfRefinement.until(0.8).atMost(4);
    List<Story> stories = new ArrayList<>();
    for (List<String> labels : labelSets) {
      List<String> memory =
          stories.stream()
              .filter(story -> !Collections.disjoint(story.request().slot().labels(), labels))
              .map(story -> story.refined().prompt().text())
              .toList();
      PromptRequest request =
          new PromptRequest(
              new Slot(stories.size(), labels),
              classNames,
              memory.subList(Math.max(0, memory.size() - REMEMBERED), memory.size()),
              1000L * seed + stories.size());
      stories.add(new Story(request, refinement.refine(request, agent, agent.critic())));
    }
    return stories;
  }
}
