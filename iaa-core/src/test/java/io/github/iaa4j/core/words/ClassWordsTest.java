package io.github.iaa4j.core.words;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.words.ClassWords.Mention;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassWordsTest {

  private final ClassWords words = ClassWords.builtIn();

  /** The class, one of it, and many, in COCO's order. */
  private static final String COCO =
      """
      person, a person, people
      bicycle, a bicycle, bicycles
      car, a car, cars
      motorcycle, a motorcycle, motorcycles
      airplane, an airplane, airplanes
      bus, a bus, buses
      train, a train, trains
      truck, a truck, trucks
      boat, a boat, boats
      traffic light, a traffic light, traffic lights
      fire hydrant, a fire hydrant, fire hydrants
      stop sign, a stop sign, stop signs
      parking meter, a parking meter, parking meters
      bench, a bench, benches
      bird, a bird, birds
      cat, a cat, cats
      dog, a dog, dogs
      horse, a horse, horses
      sheep, a sheep, sheep
      cow, a cow, cows
      elephant, an elephant, elephants
      bear, a bear, bears
      zebra, a zebra, zebras
      giraffe, a giraffe, giraffes
      backpack, a backpack, backpacks
      umbrella, an umbrella, umbrellas
      handbag, a handbag, handbags
      tie, a necktie, neckties
      suitcase, a suitcase, suitcases
      frisbee, a frisbee, frisbees
      skis, a pair of skis, skis
      snowboard, a snowboard, snowboards
      sports ball, a ball, balls
      kite, a kite, kites
      baseball bat, a baseball bat, baseball bats
      baseball glove, a baseball glove, baseball gloves
      skateboard, a skateboard, skateboards
      surfboard, a surfboard, surfboards
      tennis racket, a tennis racket, tennis rackets
      bottle, a bottle, bottles
      wine glass, a wine glass, wine glasses
      cup, a cup, cups
      fork, a fork, forks
      knife, a knife, knives
      spoon, a spoon, spoons
      bowl, a bowl, bowls
      banana, a banana, bananas
      apple, an apple, apples
      sandwich, a sandwich, sandwiches
      orange, an orange, oranges
      broccoli, broccoli, broccoli
      carrot, a carrot, carrots
      hot dog, a hot dog, hot dogs
      pizza, a pizza, pizzas
      donut, a donut, donuts
      cake, a cake, cakes
      chair, a chair, chairs
      couch, a couch, couches
      potted plant, a potted plant, potted plants
      bed, a bed, beds
      dining table, a dining table, dining tables
      toilet, a toilet, toilets
      tv, a tv, tvs
      laptop, a laptop, laptops
      mouse, a computer mouse, computer mice
      remote, a remote control, remote controls
      keyboard, a keyboard, keyboards
      cell phone, a cell phone, cell phones
      microwave, a microwave, microwaves
      oven, an oven, ovens
      toaster, a toaster, toasters
      sink, a sink, sinks
      refrigerator, a refrigerator, refrigerators
      book, a book, books
      clock, a clock, clocks
      vase, a vase, vases
      scissors, a pair of scissors, scissors
      teddy bear, a teddy bear, teddy bears
      hair drier, a hair dryer, hair dryers
      toothbrush, a toothbrush, toothbrushes
      """;

  private static final List<String> COCO_NAMES =
      COCO.lines().map(line -> line.split(",", 2)[0]).toList();

  private List<String> named(String text, List<String> classes) {
    return words.mentions(ClassWords.clean(text), classes).stream()
        .filter(Mention::certain)
        .map(Mention::className)
        .toList();
  }

  private List<String> suggested(String text, List<String> classes) {
    return words.mentions(ClassWords.clean(text), classes).stream()
        .map(Mention::className)
        .toList();
  }

  static Stream<String> coco() {
    return COCO.lines();
  }

  @ParameterizedTest
  @MethodSource("coco")
  void cocosClassesAreSpelledAsPeopleSayThem(String line) {
    String[] expected = line.split(", ", -1);

    assertThat(words.one(expected[0])).isEqualTo(expected[1]);
    assertThat(words.plural(expected[0])).isEqualTo(expected[2]);
  }

  @Test
  void cocoHasEightyClasses() {
    assertThat(COCO_NAMES).hasSize(80);
  }

  @ParameterizedTest
  @MethodSource("coco")
  void theOwnNameNamesTheClassAndNoOther(String line) {
    String[] expected = line.split(", ", -1);

    assertThat(named("a photo of " + expected[1] + " in a field", COCO_NAMES))
        .containsExactly(expected[0]);
    assertThat(named("three " + expected[2] + " in a field", COCO_NAMES))
        .containsExactly(expected[0]);
  }

  @Test
  void vocsClassesAreSpelledAsPeopleSayThem() {
    assertThat(VocDataset.CLASS_NAMES)
        .extracting(words::one)
        .containsExactly(
            "an aeroplane",
            "a bicycle",
            "a bird",
            "a boat",
            "a bottle",
            "a bus",
            "a car",
            "a cat",
            "a chair",
            "a cow",
            "a dining table",
            "a dog",
            "a horse",
            "a motorbike",
            "a person",
            "a potted plant",
            "a sheep",
            "a sofa",
            "a train",
            "a tv monitor");
    for (String name : VocDataset.CLASS_NAMES) {
      assertThat(named("a photo of " + words.one(name), VocDataset.CLASS_NAMES))
          .containsExactly(name);
      assertThat(named("two " + words.plural(name), VocDataset.CLASS_NAMES)).containsExactly(name);
    }
  }

  @Test
  void everyClassHasLookAlikesThatAreNotItself() {
    Stream.concat(COCO_NAMES.stream(), VocDataset.CLASS_NAMES.stream())
        .forEach(
            name ->
                assertThat(words.lookAlikes(name))
                    .as(name)
                    .isNotEmpty()
                    .allSatisfy(other -> assertThat(suggested(other, List.of(name))).isEmpty()));
  }

  @ParameterizedTest
  @CsvSource({
    "golden_retriever, a golden retriever, golden retrievers",
    "GoldenRetriever, a golden retriever, golden retrievers",
    "Fox, a fox, foxes",
    "daisy, a daisy, daisies",
    "unicycle, a unicycle, unicycles",
    "кошка, a кошка, кошкаs"
  })
  void aClassThatNoFileKnowsIsSpokenAsItIsSpelled(String name, String one, String many) {
    assertThat(words.one(name)).isEqualTo(one);
    assertThat(words.plural(name)).isEqualTo(many);
    assertThat(words.names("I see " + one, name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TV_Monitor", "tv-monitor", "tvmonitor", "TVMONITOR"})
  void theSpellingOfAClassNameDoesNotMatter(String name) {
    assertThat(words.spoken(name)).isEqualTo("tv monitor");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "an open catalogue | cat",
        "a red carpet and a scar | car",
        "a bathroom | bed",
        "a vegetable garden | dining table",
        "a hot dog on a plate | dog",
        "a hotdog on a plate | dog",
        "a hot-dog on a plate | dog",
        "a teddy bear on a bed | bear",
        "a boathouse by a lake | boat",
        "a bird's-eye view of a town | bird",
        "a man-made lake | person",
        "an orange cat | orange",
        "an orange and white cat | orange",
        "the sky is orange | orange",
        "a black and orange cat | orange",
        "two dogs that train hard | train",
        "dogs train in a field | train",
        "soldiers learn to train | train",
        "a few athletes train on a track | train",
        "on a sunny field soldiers train | train",
        "each morning runners train in the park | train",
        "a photo of athletes who train | train",
        "a man trains the horse | train",
        "trees bear fruit | bear",
        "they bear a heavy load | bear",
        "the sun sinks behind a hill | sink",
        "a remote village | remote",
        "a fork in the road | fork",
        "a flower bed | bed",
        "a zebra crossing | zebra",
        "people bike along a river | bicycle",
        "a family of four ducks | person",
        "a ball gown | sports ball",
        "grey skies over a town | skis",
        "a tribute to the human spirit | person",
      })
  void otherMeaningsAndOtherWordsNameNothing(String text, String className) {
    assertThat(suggested(text, List.of(className))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "an orange on a plate | orange",
        "three oranges | orange",
        "a red train in a station | train",
        "its train | train",
        "an express train | train",
        "trains in the fog | train",
        "a brown bear | bear",
        "a kitten | cat",
        "two puppies | dog",
        "calves on a meadow | cow",
        "oxen | cow",
        "children | person",
        "a table | diningtable",
        "a television | tvmonitor",
        "a doughnut | donut",
        "a blow dryer | hair drier",
        "mice beside a keyboard | mouse",
        "two glasses of wine | wine glass",
        "a stainless steel sink | sink",
        "a remote on a sofa | remote",
      })
  void otherWordsAndKindsNameTheClass(String text, String className) {
    assertThat(named(text, List.of(className))).containsExactly(className);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a train station | train",
        "a car park | car",
        "a dog-friendly cafe | dog",
        "a black-cat | cat",
        "a coffee table | diningtable",
        "an apple tree | apple",
        "a ski slope | skis",
      })
  void wordsNearAClassAreTooLittleForItAndTooMuchWithoutIt(String text, String className) {
    assertThat(named(text, List.of(className))).isEmpty();
    assertThat(suggested(text, List.of(className))).containsExactly(className);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a cat walks along a wall | cat",
        "the cat walks along a wall | cat",
        "a red bus stops at a corner | bus",
        "a bus stops in the rain | bus",
        "one blue car parks beside a house | car",
        "a dog rose from the sofa | dog",
      })
  void whatAClassDoesIsNoOtherWord(String text, String className) {
    assertThat(named(text, List.of(className))).containsExactly(className);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"a row of bus stops | bus", "two bus stops | bus", "car parks in a town | car"})
  void severalOfAnotherThingAreNoneOfTheClass(String text, String className) {
    assertThat(named(text, List.of(className))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a DOG",
        "a d\u200bo\u200bg",
        "a do\u00adg",
        "a d\u043eg",
        "a \uff44\uff4f\uff47",
        "a \ud835\udc1d\ud835\udc28\ud835\udc20",
        "a d o g",
        "a d-o-g",
        "a d.o.g",
        "a do\u0332g\u0332",
        "a d\u00f6g",
        "a \u0501og",
        "a d0g",
        "two dogs\u2019 bowls",
        "a\u00a0dog\u2014running"
      })
  void noSpellingHidesAName(String text) {
    assertThat(suggested(text, List.of("dog"))).containsExactly("dog");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a dining  table", "a dining-table", "a diningtable", "Dining\u00a0Tables"})
  void aNameOfTwoWordsMayBeJoinedOrApart(String text) {
    assertThat(named(text, List.of("diningtable"))).containsExactly("diningtable");
  }

  @Test
  void placesInTheTextAreWhereTheNamesStand() {
    String text = ClassWords.clean("A wet dog, two cats and a hot dog");

    assertThat(words.mentions(text, List.of("cat", "dog", "hot dog")))
        .extracting(mention -> text.substring(mention.start(), mention.end()))
        .containsExactly("dog", "cats", "hot dog");
    assertThat(words.mentions(text, List.of("cat")))
        .singleElement()
        .satisfies(mention -> assertThat(mention.plural()).isTrue());
  }
}
