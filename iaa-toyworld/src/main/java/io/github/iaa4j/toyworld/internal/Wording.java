package io.github.iaa4j.toyworld.internal;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The words of captions: all that {@link Captions} uses. */
public final class Wording {

  /** Names of each class, the canonical one first; each is true of every drawing of the class. */
  public static final List<List<String>> NOUNS =
      List.of(
          List.of("aeroplane", "airplane", "plane", "jet", "aircraft", "airliner"),
          List.of("bird", "songbird", "birdie"),
          List.of("boat", "sailboat", "sailing boat", "ship", "sailing ship", "yacht"),
          List.of("car", "automobile", "sedan", "motorcar", "vehicle", "auto"),
          List.of("cat", "kitten", "kitty", "feline"),
          List.of("cow", "cattle cow", "bull", "dairy cow", "calf"),
          List.of("dog", "puppy", "hound", "pup", "canine"),
          List.of("horse", "pony", "stallion", "mare"),
          List.of("person", "human", "child", "pedestrian", "kid"),
          List.of("sheep", "lamb", "ewe", "woolly sheep"));

  /** Plurals, in the order of {@link #NOUNS}. */
  public static final List<List<String>> PLURALS =
      List.of(
          List.of("aeroplanes", "airplanes", "planes", "jets", "aircraft", "airliners"),
          List.of("birds", "songbirds", "birdies"),
          List.of("boats", "sailboats", "sailing boats", "ships", "sailing ships", "yachts"),
          List.of("cars", "automobiles", "sedans", "motorcars", "vehicles", "autos"),
          List.of("cats", "kittens", "kitties", "felines"),
          List.of("cows", "cattle", "bulls", "dairy cows", "calves"),
          List.of("dogs", "puppies", "hounds", "pups", "canines"),
          List.of("horses", "ponies", "stallions", "mares"),
          List.of("people", "humans", "children", "pedestrians", "kids", "persons"),
          List.of("sheep", "lambs", "ewes", "woolly sheep"));

  /** Persons with long and with short hair. */
  public static final List<String> WOMEN = List.of("woman", "girl", "lady");

  public static final List<String> MEN = List.of("man", "boy", "guy");

  public static final List<List<String>> COLOURS =
      List.of(
          List.of("red", "crimson", "scarlet", "bright red", "ruby"),
          List.of("blue", "navy", "azure", "royal blue", "navy blue"),
          List.of("green", "emerald", "dark green", "leaf green"),
          List.of("yellow", "golden", "bright yellow", "lemon"),
          List.of("orange", "bright orange", "ginger", "amber"),
          List.of("purple", "violet", "lilac", "lavender"),
          List.of("brown", "chestnut", "chocolate brown", "tan"),
          List.of("black", "deep black", "dark black", "ebony"),
          List.of("white", "snow white", "pure white", "ivory"),
          List.of("grey", "gray", "silver", "slate grey"));

  public static final List<String> SMALL = List.of("small", "little", "tiny");
  public static final List<String> MEDIUM = List.of("medium sized", "average sized");
  public static final List<String> LARGE = List.of("large", "big", "huge", "giant");

  /** Adjectives that are true of everything. */
  public static final List<String> FLAVOURS = List.of("lovely", "beautiful", "nice");

  /** Where the scene is, as phrases that follow a noun or open a sentence. */
  public static final List<List<String>> PLACES =
      List.of(
          List.of(
              "on the grass",
              "on grass",
              "in a green meadow",
              "in a meadow",
              "on a pasture",
              "in a pasture",
              "on a lawn",
              "on the green lawn",
              "in a grassy field",
              "in a green field",
              "on green grass",
              "in a field of grass",
              "in a park",
              "on a grassy hill",
              "in the countryside"),
          List.of(
              "on the sea",
              "at sea",
              "on the ocean",
              "in the sea",
              "on the open sea",
              "on blue water",
              "on the water",
              "in the ocean",
              "on calm water",
              "above the waves",
              "among the waves"),
          List.of(
              "on the street",
              "on a street",
              "on the road",
              "on a city street",
              "in the city",
              "on a road",
              "in a street with buildings",
              "on an urban street",
              "in a town",
              "in front of city buildings",
              "on the asphalt road",
              "downtown"),
          List.of(
              "at night",
              "in the night",
              "at nighttime",
              "at dusk",
              "under the moon",
              "in the dark",
              "under a night sky",
              "in the moonlight",
              "under a starry sky",
              "under the stars",
              "after dark",
              "in a dark landscape",
              "at midnight"),
          List.of(
              "in the snow",
              "on snow",
              "in a snowy field",
              "in a snowy landscape",
              "in winter",
              "on snowy ground",
              "in a winter landscape",
              "on white snow",
              "in a snow covered field",
              "among snowy trees"),
          List.of(
              "in the desert",
              "in a desert",
              "on desert sand",
              "in a sandy desert",
              "in the dry desert",
              "among sand dunes",
              "on the dunes",
              "in a hot desert",
              "in a desert landscape",
              "in an arid desert"),
          List.of(
              "in the forest",
              "in a forest",
              "in the woods",
              "among trees",
              "in a woodland",
              "among tall trees",
              "between the trees",
              "in a dark green forest",
              "in a dense forest",
              "under the trees"),
          List.of(
              "in the sky",
              "in a blue sky",
              "in the clear sky",
              "among the clouds",
              "in the air",
              "against a blue sky",
              "in a cloudy sky",
              "high in the sky",
              "above the clouds",
              "up in the sky"),
          List.of(
              "on the beach",
              "on a beach",
              "on a sandy beach",
              "at the beach",
              "by the sea shore",
              "on the shore",
              "on the sand by the sea",
              "on a tropical beach",
              "at the seaside",
              "on the coast"),
          List.of(
              "on a farm",
              "at a farm",
              "on the farm",
              "in a farmyard",
              "near a red barn",
              "in front of a barn",
              "on a farm field",
              "on farmland",
              "near a white fence",
              "by a barn and a fence"),
          List.of(
              "in a room",
              "indoors",
              "inside a house",
              "in a living room",
              "in the living room",
              "at home",
              "in a house",
              "on a wooden floor",
              "inside a room",
              "in an indoor scene",
              "in front of a window"));

  /** The same settings as a background, after "with" or "background of". */
  public static final List<List<String>> BACKGROUNDS =
      List.of(
          List.of("green grass", "a grassy meadow", "green hills", "a green field"),
          List.of("the sea", "the ocean", "blue water", "the sea and the sky"),
          List.of("a city street", "buildings", "city buildings", "a road and buildings"),
          List.of("a night sky", "the moon", "a dark night", "a starry night"),
          List.of("snow", "a snowy landscape", "snow and trees", "a winter scene"),
          List.of("a desert", "sand dunes", "desert sand", "a hot desert"),
          List.of("a forest", "trees", "the woods", "tall trees"),
          List.of("a blue sky", "clouds", "the sky", "white clouds"),
          List.of("a beach", "a sandy beach", "the sand and the sea", "the coast"),
          List.of("a farm", "a red barn", "a barn and a fence", "a farm field"),
          List.of("a living room", "a room", "a wall and a window", "a house interior"));

  /** One-word settings, as in "beach scene". */
  public static final List<List<String>> SCENES =
      List.of(
          List.of("meadow", "grass", "pasture", "lawn", "field"),
          List.of("sea", "ocean", "water"),
          List.of("street", "city", "road", "urban"),
          List.of("night", "nighttime", "dusk", "moonlit"),
          List.of("snow", "winter", "snowy"),
          List.of("desert", "sand dune"),
          List.of("forest", "woodland", "woods"),
          List.of("sky", "cloud"),
          List.of("beach", "shore", "seaside"),
          List.of("farm", "barn", "rural"),
          List.of("room", "indoor", "living room"));

  public static final List<String> PREFIXES =
      List.of(
          "a photo of",
          "a picture of",
          "an image of",
          "a picture showing",
          "a photo showing",
          "a realistic image of",
          "a realistic photo of",
          "a detailed photo of",
          "a high quality photo of",
          "a photograph of",
          "a scene with",
          "a view of",
          "an image showing",
          "a professional photo of",
          "a close view of",
          "there is",
          "this is",
          "here is",
          "a clear photo of",
          "a simple picture of",
          "photo of",
          "picture of",
          "image of",
          "a high resolution photo of",
          "a sharp photo of");

  public static final List<String> SUFFIXES =
      List.of(
          "high quality",
          "detailed",
          "highly detailed",
          "professional photo",
          "sharp focus",
          "realistic",
          "photorealistic",
          "clear and bright",
          "full body",
          "professional photography",
          "high resolution",
          "natural light",
          "sharp",
          "fully visible",
          "clearly visible",
          "bright colours",
          "vivid colours",
          "in full view",
          "well lit",
          "4k");

  /** Only true by day and outdoors. */
  public static final List<String> DAY_SUFFIXES =
      List.of(
          "clear daylight",
          "in daylight",
          "sunny day",
          "daytime",
          "on a sunny day",
          "during the day",
          "in bright sunlight",
          "clear weather");

  /** What {@link Captions} puts between the others: verbs, relations, numbers, clothes. */
  private static final String CONNECTIVES =
      """
      a an the and with in of to by on at is one two pair couple another each other
      standing walking sitting flying flight parked its wheels sailing floating sails seen from side
      left right centre center middle picture facing looking next beside near close above over below
      under front before behind back wearing dressed wears shirt scene background
      """;

  private Wording() {}

  /** Every word, in alphabetical order. */
  public static List<String> words() {
    Set<String> words = new TreeSet<>();
    Stream.of(
            Stream.of(NOUNS, PLURALS, COLOURS, PLACES, BACKGROUNDS, SCENES).flatMap(List::stream),
            Stream.of(WOMEN, MEN, SMALL, MEDIUM, LARGE, FLAVOURS, PREFIXES, SUFFIXES, DAY_SUFFIXES),
            Stream.of(List.of(CONNECTIVES)))
        .flatMap(lists -> lists)
        .flatMap(List::stream)
        .flatMap(phrase -> Stream.of(phrase.trim().split("\\s+")))
        .forEach(words::add);
    return List.copyOf(words);
  }
}
