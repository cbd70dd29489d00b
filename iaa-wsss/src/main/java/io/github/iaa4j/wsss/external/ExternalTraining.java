package io.github.iaa4j.wsss.external;

import io.github.iaa4j.core.settings.Description;
import java.util.List;
import java.util.Objects;

/**
 * The file {@code training.json}, which says what the program that filled {@code model} was started
 * with, so that only the same training resumes from what it left there.
 *
 * @param classNames in the order of the masks' indices
 * @param method the settings of the training
 * @param dataSha256 of the ids, labels and pixels of the images
 */
record ExternalTraining(List<String> classNames, Description method, String dataSha256) {

  static final String FILE = "training.json";

  ExternalTraining {
    classNames = List.copyOf(classNames);
    Objects.requireNonNull(method, "method");
    Objects.requireNonNull(dataSha256, "dataSha256");
  }
}
