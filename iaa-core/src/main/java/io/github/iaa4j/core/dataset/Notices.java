package io.github.iaa4j.core.dataset;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gathers what a reader passes over: one notice for each kind and subject, in a fixed order. */
final class Notices {

  private static final int EXAMPLES = 3;

  private record Key(DatasetNotice.Kind kind, String subject) {}

  private static final class Entry {
    private int count;
    private int of;
    private final List<String> examples = new ArrayList<>();
  }

  private final Map<Key, Entry> entries =
      new TreeMap<>(Comparator.comparing(Key::kind).thenComparing(Key::subject));

  /** Counts one thing, with its name where it has one. */
  void add(DatasetNotice.Kind kind, String subject, String example) {
    add(kind, subject, example, 0);
  }

  /** Counts one occurrence among those that were looked at. */
  void add(DatasetNotice.Kind kind, String subject, String example, int of) {
    Entry entry = entry(kind, subject);
    entry.count++;
    entry.of = of;
    if (!example.isEmpty() && entry.examples.size() < EXAMPLES) {
      entry.examples.add(example);
    }
  }

  /** Counts several occurrences of one kind, and names the first of them. */
  void addAll(DatasetNotice.Kind kind, String subject, String first, int count, int of) {
    add(kind, subject, first, of);
    entry(kind, subject).count = count;
  }

  /** Says how many of something there are, none of them by name. */
  void count(DatasetNotice.Kind kind, String subject, int count) {
    entry(kind, subject).count += count;
  }

  private Entry entry(DatasetNotice.Kind kind, String subject) {
    return entries.computeIfAbsent(new Key(kind, subject), ignored -> new Entry());
  }

  /** Says which classes no image shows. */
  void addClassesWithoutImages(LabeledDataset data) {
    int[] counts = data.classCounts();
    List<String> empty = new ArrayList<>();
    for (int k = 0; k < counts.length; k++) {
      if (counts[k] == 0) {
        empty.add(data.classNames().get(k));
      }
    }
    if (!empty.isEmpty()) {
      count(DatasetNotice.Kind.CLASSES_WITHOUT_IMAGES, String.join(", ", empty), empty.size());
    }
  }

  /** By kind, then by subject. */
  List<DatasetNotice> toList() {
    List<DatasetNotice> notices = new ArrayList<>();
    entries.forEach(
        (key, entry) ->
            notices.add(
                new DatasetNotice(
                    key.kind(), key.subject(), entry.count, entry.of, entry.examples)));
    return List.copyOf(notices);
  }
}
