package io.github.iaa4j.core.run;

import java.util.List;

/**
 * The file {@code run.json}: what a run was started with. It decides everything that is drawn at
 * random.
 *
 * @param format the version of the run's files, {@value #FORMAT}
 * @param seed the run seed
 * @param dataset the data set's name, such as {@code voc:DIR:SPLIT}; empty where the program that
 *     embeds the library gave none
 * @param classNames the classes, in order
 * @param balance the balance in its text form
 * @param agent who writes the prompts
 * @param refinement how they are refined
 * @param plan the labels of each slot, in order
 */
public record RunSettings(
    String format,
    long seed,
    String dataset,
    List<String> classNames,
    String balance,
    String agent,
    String refinement,
    List<List<String>> plan) {

  /** The version of the run's files that this library reads and writes. */
  public static final String FORMAT = "iaa4j-run/1";
}
