package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.testing.FakeSampler;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LabeledDatasetTest {

  private static final List<String> CLASSES = List.of("cat", "dog");

  private static LabeledImage photo(String id, String... labels) {
    return LabeledImage.of(id, List.of(labels), () -> FakeSampler.plain(4, 3, 0));
  }

  /** As somebody's own code may answer, whatever the types say. */
  private static LabeledDataset own(
      @Nullable List<String> classNames, @Nullable List<LabeledImage> images) {
    return new LabeledDataset() {
      @Override
      public List<String> classNames() {
        return classNames;
      }

      @Override
      public List<LabeledImage> images() {
        return images;
      }
    };
  }

  @Test
  void anOrdinaryDataSetHasNoFaults() {
    assertThat(LabeledDataset.faults(own(CLASSES, List.of(photo("a", "cat"), photo("b")))))
        .isEmpty();
  }

  @Test
  void nullListsAreFaults() {
    assertThat(LabeledDataset.faults(own(null, List.of())))
        .containsExactly("the data set's classNames() is null");
    assertThat(LabeledDataset.faults(own(CLASSES, null)))
        .containsExactly("the data set's images() is null");
  }

  @Test
  void faultsOfClassesAreNamed() {
    assertThat(LabeledDataset.faults(own(Arrays.asList("cat", null, "cat", "background"), null)))
        .hasSize(3)
        .anySatisfy(fault -> assertThat(fault).contains("has no name"))
        .anySatisfy(fault -> assertThat(fault).contains("\"cat\" occurs twice"))
        .anySatisfy(fault -> assertThat(fault).contains("background"));
  }

  @Test
  void everyFaultOfTheImagesIsNamed() {
    LabeledDataset data =
        own(
            CLASSES,
            Arrays.asList(
                photo("a", "cat"),
                null,
                photo(" "),
                photo("a", "dog"),
                photo("b", "cow"),
                photo("c", "dog", "dog")));

    assertThat(LabeledDataset.faults(data))
        .containsExactly(
            "image number 1 is null",
            "image number 2 has no id",
            "two images have the id \"a\"",
            "image \"b\" has the label \"cow\", but the classes are [cat, dog]",
            "image \"c\" has the label \"dog\" twice");
  }

  @Test
  void theMessageOfAThousandFaultsCanBeRead() {
    List<LabeledImage> images =
        IntStream.range(0, 1000).mapToObj(i -> photo("same", "cat")).toList();

    assertThat(LabeledDataset.faults(own(CLASSES, images))).hasSize(10);
  }

  @Test
  void imagesThatAreAtHandMustKeepTheContract() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> LabeledDataset.of(CLASSES, List.of(photo("a"), photo("a"))))
        .withMessageContaining("two images have the id \"a\"");
  }

  @Test
  void pixelsOfASuppliedImageAreReadWhenTheyAreAskedFor() {
    int[] reads = new int[1];
    LabeledImage image =
        LabeledImage.of(
            "row 7",
            List.of("cat"),
            () -> {
              reads[0]++;
              return FakeSampler.plain(4, 3, 0);
            });

    assertThat(reads[0]).isZero();
    assertThat(image.image().width()).isEqualTo(4);
    assertThat(reads[0]).isEqualTo(1);
    assertThat(image.generated()).isFalse();
    assertThat(image.mask()).isEmpty();
  }
}
