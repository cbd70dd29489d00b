package io.github.iaa4j.core.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The file {@code run.json}: what a run was started with. It decides everything that is drawn at
 * random, and a run is resumed only with the same settings.
 *
 * @param format the version of the run's files, {@value #FORMAT}
 * @param seed the run seed
 * @param dataset the data set's name, such as {@code voc:DIR:SPLIT}; empty where the program that
 *     embeds the library gave none
 * @param classNames the classes, in order
 * @param balance the balance in its text form
 * @param prompts what decides the prompts
 * @param unplanned the classes that lack images and get none, because no image of the data set
 *     shows them
 * @param plan the labels of each slot, in order
 */
public record RunSettings(
    String format,
    long seed,
    String dataset,
    List<String> classNames,
    String balance,
    PromptSettings prompts,
    List<String> unplanned,
    List<List<String>> plan) {

  /** The version of the run's files that this library reads and writes. */
  public static final String FORMAT = "iaa4j-run/2";

  /** Copies its lists. */
  public RunSettings {
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(dataset, "dataset");
    Objects.requireNonNull(balance, "balance");
    Objects.requireNonNull(prompts, "prompts");
    classNames = List.copyOf(classNames);
    unplanned = List.copyOf(unplanned);
    plan = plan.stream().map(List::copyOf).toList();
  }

  /** These settings with other ones for the prompts. */
  public RunSettings withPrompts(PromptSettings prompts) {
    return new RunSettings(format, seed, dataset, classNames, balance, prompts, unplanned, plan);
  }

  /** The differences between these and other settings, one phrase each; empty if they are equal. */
  public List<String> differences(RunSettings now) {
    Differences differences = new Differences();
    differences.compare("seed", seed, now.seed);
    differences.compare("data set", named(dataset), named(now.dataset));
    differences.compare("classes", classNames, now.classNames);
    differences.compare("balance", balance, now.balance);
    List<String> found = new ArrayList<>(differences.found());
    found.addAll(prompts.differences(now.prompts));
    if (found.isEmpty() && !plan.equals(now.plan)) {
      found.add("a plan of " + plan.size() + " slots for other labels, not of " + now.plan.size());
    }
    return found;
  }

  private static String named(String dataset) {
    return dataset.isEmpty() ? "without a name" : dataset;
  }
}
