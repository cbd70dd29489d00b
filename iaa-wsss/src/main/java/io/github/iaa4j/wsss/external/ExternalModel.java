package io.github.iaa4j.wsss.external;

import io.github.iaa4j.core.settings.Description;
import java.util.List;
import java.util.Objects;

/**
 * The file {@code program.json}, which says that a training by a program is complete.
 *
 * @param classNames in the order of the masks' indices
 * @param method the commands that trained it
 */
record ExternalModel(List<String> classNames, Description method) {

  static final String FILE = "program.json";

  ExternalModel {
    classNames = List.copyOf(classNames);
    Objects.requireNonNull(method, "method");
  }
}
