package io.github.iaa4j.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.testing.FakeSampler;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BalanceTest {

  private static final List<String> CLASSES = List.of("cat", "cow", "person", "train");

  private static LabeledImage labeled(String id, List<String> labels) {
    return LabeledImage.of(id, labels, () -> FakeSampler.plain(1, 1, 0));
  }

  /** Long-tailed: 40 with a person, of those 10 with a cat and 2 with a cow; never a train. */
  private static LabeledDataset farm() {
    List<LabeledImage> images = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      images.add(
          labeled(
              "f" + i,
              i < 10
                  ? List.of("cat", "person")
                  : i < 12 ? List.of("cow", "person") : List.of("person")));
    }
    return LabeledDataset.of(CLASSES, images);
  }

  private static int count(List<Slot> slots, String label) {
    return (int) slots.stream().filter(slot -> slot.labels().contains(label)).count();
  }

  @Property(tries = 50)
  void toppingUpBringsEveryClassThatOccursToTheNumber(
      @ForAll @IntRange(min = 1, max = 80) int images, @ForAll long seed) {
    List<Slot> slots = Balance.topUpTo(images).plan(farm(), new RunSeed(seed));

    int[] real = farm().classCounts();
    for (int k = 0; k < 3; k++) {
      assertThat(real[k] + count(slots, CLASSES.get(k))).isGreaterThanOrEqualTo(images);
    }
  }

  @Property(tries = 50)
  void onlyLabelSetsThatOccurArePlanned(@ForAll long seed) {
    assertThat(Balance.topUpTo(60).plan(farm(), new RunSeed(seed)))
        .extracting(Slot::labels)
        .isSubsetOf(List.of("cat", "person"), List.of("cow", "person"), List.of("person"));
  }

  @Property(tries = 50)
  void addingAddsThatMany(@ForAll @IntRange(min = 1, max = 300) int images, @ForAll long seed) {
    assertThat(Balance.add(images).plan(farm(), new RunSeed(seed))).hasSize(images);
  }

  @Test
  void addingFollowsTheDataSet() {
    List<Slot> slots = Balance.add(4000).plan(farm(), new RunSeed(1));

    assertThat(count(slots, "person")).isEqualTo(4000);
    assertThat(count(slots, "cat")).isBetween(900, 1100);
    assertThat(count(slots, "cow")).isBetween(150, 250);
  }

  @Test
  void toppingUpGivesTheRarestClassTheMost() {
    List<Slot> slots = Balance.topUpTo(30).plan(farm(), new RunSeed(1));

    assertThat(count(slots, "cow")).isEqualTo(28);
    assertThat(count(slots, "cat")).isEqualTo(20);
  }

  @Test
  void theSameSeedGivesTheSamePlanAndAnotherSeedAnother() {
    Balance balance = Balance.add(50);

    assertThat(balance.plan(farm(), new RunSeed(5)))
        .isEqualTo(balance.plan(farm(), new RunSeed(5)));
    assertThat(balance.plan(farm(), new RunSeed(5)))
        .isNotEqualTo(balance.plan(farm(), new RunSeed(6)));
  }

  @Test
  void crowdedLabelSetsAreTakenApart() {
    LabeledDataset crowd =
        LabeledDataset.of(
            CLASSES,
            Stream.of("a", "b", "c")
                .map(id -> labeled(id, List.of("cat", "cow", "person")))
                .toList());

    assertThat(Balance.add(30).plan(crowd, new RunSeed(0)))
        .extracting(Slot::labels)
        .isSubsetOf(List.of("cat"), List.of("cow"), List.of("person"));
    assertThat(Balance.add(30).atMostLabels(3).plan(crowd, new RunSeed(0)))
        .extracting(Slot::labels)
        .containsOnly(List.of("cat", "cow", "person"));
  }

  @Test
  void crowdedLabelSetsStayDenseInGroups() {
    LabeledDataset crowd =
        LabeledDataset.of(
            CLASSES,
            List.of(
                labeled("a", List.of("cat", "cow", "person")),
                labeled("b", List.of("cat", "cow", "person")),
                labeled("c", List.of("cat", "cow", "person")),
                labeled("d", List.of("train"))));

    List<Slot> slots = Balance.add(400).together(2).plan(crowd, new RunSeed(0));

    assertThat(slots)
        .extracting(Slot::labels)
        .containsOnly(
            List.of("cat", "cow"),
            List.of("cat", "person"),
            List.of("cow", "person"),
            List.of("train"));
    assertThat(count(slots, "train")).as("one image of four").isBetween(70, 130);
    assertThat(Balance.topUpTo(9).together(2).plan(crowd, new RunSeed(0)))
        .filteredOn(slot -> slot.labels().size() == 2)
        .isNotEmpty();
  }

  @Test
  void toppingUpLooksAtTheSetsOfEachClassInTheirOrder() {
    List<Slot> slots = Balance.topUpTo(16).plan(farm(), new RunSeed(7));

    assertThat(slots)
        .map(slot -> slot.labels().get(0))
        .containsExactly(
            "cow cow cow cow cow cow cow cow cat cow cat cow cat cow cat cow cat cow cat cow"
                .split(" ", -1));
  }

  @Test
  void moreThanFourTogetherAreRefused() {
    assertThat(Balance.add(1).together(4)).hasToString("add:1:together4");
    for (int labels : new int[] {0, 5}) {
      assertThatThrownBy(() -> Balance.add(1).together(labels))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("together(" + labels + ")");
    }
  }

  @Test
  void anImageWithTooManyGroupsIsRefused() {
    List<String> many = IntStream.range(0, 24).mapToObj(k -> "class-" + (100 + k)).toList();
    LabeledDataset crowd =
        LabeledDataset.of(many, List.of(labeled("a", many.subList(0, 23)), labeled("b", many)));

    assertThatThrownBy(() -> Balance.add(1).together(4).plan(crowd, new RunSeed(0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("together(4)", "image b ", "24 labels", "10626 groups", "10000");
    assertThat(Balance.add(1).together(3).plan(crowd, new RunSeed(0))).hasSize(1);
  }

  @Property
  void itsTextIsTheSameBalanceAgain(
      @ForAll boolean topUp,
      @ForAll @IntRange(min = 1, max = 999_999_999) int images,
      @ForAll @IntRange(min = 0, max = 4) int together,
      @ForAll @IntRange(min = 1, max = 999_999_999) int atMost) {
    Balance plain = topUp ? Balance.topUpTo(images) : Balance.add(images);

    for (Balance balance :
        List.of(plain, plain.atMostLabels(atMost), plain.together(Math.max(1, together)))) {
      assertThat(Balance.parse(balance.toString())).isEqualTo(balance).hasSameHashCodeAs(balance);
    }
    assertThat(plain.atMostLabels(3)).isNotEqualTo(plain.atMostLabels(4));
  }

  @Test
  void aNumberThatItsTextCannotHoldIsRefused() {
    assertThatThrownBy(() -> Balance.add(1_000_000_000))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("1000000000");
  }

  @Test
  void itsTextReadsBack() {
    for (String text : List.of("topup:200", "add:5", "topup:200:together3", "add:5:atmost3")) {
      assertThat(Balance.parse(text)).hasToString(text);
    }
    for (String wrong :
        List.of(
            "topup",
            "add:-1",
            "add:0",
            "more:3",
            "add:1:2",
            "add:99999999999",
            "add:1:together",
            "add:1:together5",
            "add:1:atmost0")) {
      assertThatThrownBy(() -> Balance.parse(wrong)).isInstanceOf(ConfigurationException.class);
    }
  }

  @Test
  void aDataSetWithoutLabelsIsRefused() {
    LabeledDataset none = LabeledDataset.of(CLASSES, List.of(labeled("x", List.of())));

    assertThatThrownBy(() -> Balance.add(1).plan(none, new RunSeed(0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("label");
  }
}
