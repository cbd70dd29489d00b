package io.github.iaa4j.core.error;

import java.util.List;

/**
 * Options that are missing, contradict each other or are out of range. Names all of them at once.
 */
public final class ConfigurationException extends IaaException {

  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // The lists of List.copyOf are serializable.
  private final List<String> faults;

  /**
   * @param faults one sentence per fault, each naming the option, its value and what is allowed
   * @throws IllegalArgumentException if {@code faults} is empty
   */
  public ConfigurationException(List<String> faults) {
    super(join(faults), null);
    this.faults = List.copyOf(faults);
  }

  /**
   * @param fault one sentence that names the option, its value and what is allowed
   */
  public ConfigurationException(String fault) {
    this(List.of(fault));
  }

  /** Every fault found, in the order of the options. Never empty. */
  public List<String> faults() {
    return faults;
  }

  private static String join(List<String> faults) {
    if (faults.isEmpty()) {
      throw new IllegalArgumentException("a ConfigurationException needs at least one fault");
    }
    return faults.size() == 1
        ? faults.get(0)
        : faults.size() + " faults in the configuration:\n  - " + String.join("\n  - ", faults);
  }
}
