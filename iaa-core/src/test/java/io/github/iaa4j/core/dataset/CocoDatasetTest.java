package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CocoDatasetTest {

  private static final String CATEGORIES =
      "{'id':18,'name':'dog','supercategory':'animal'},{'id':1,'name':'person'},"
          + "{'id':17,'name':'cat'}";
  private static final String IMAGES =
      "{'id':30,'file_name':'b.jpg','width':8,'height':6},"
          + "{'id':7,'file_name':'a.jpg','width':8,'height':6}";

  @TempDir private Path folder;

  @BeforeEach
  void images() {
    ImageFiles.jpeg(folder.resolve("images/a.jpg"), 8, 6);
    ImageFiles.jpeg(folder.resolve("images/b.jpg"), 8, 6);
  }

  // Labels

  @Test
  void hasTheCategoriesInTheOrderOfTheirIds() {
    assertThat(open(IMAGES, "", CATEGORIES).classNames()).containsExactly("person", "cat", "dog");
  }

  @Test
  void labelsAnImageWithTheCategoriesOfItsAnnotationsEachOnce() {
    CocoDataset dataset =
        open(
            IMAGES,
            annotation(7, 18) + "," + annotation(7, 1) + "," + annotation(7, 18),
            CATEGORIES);

    assertThat(dataset.images())
        .extracting(LabeledImage::id, LabeledImage::labels)
        .containsExactly(tuple("b", List.of()), tuple("a", List.of("person", "dog")));
  }

  @Test
  void countsCrowds() {
    String crowd =
        "{'image_id':7,'category_id':17,'iscrowd':1,"
            + "'segmentation':{'size':[6,8],'counts':[0,48]},'area':48}";

    assertThat(open(IMAGES, crowd, CATEGORIES).images().get(1).labels()).containsExactly("cat");
  }

  @Test
  void readsTheListsInAnyOrder() {
    write(
        "{'annotations':["
            + annotation(7, 18)
            + "],'info':{'year':2014,'x':[[1]]},'categories':["
            + CATEGORIES
            + "],'images':["
            + IMAGES
            + "]}");

    assertThat(open().images().get(1).labels()).containsExactly("dog");
  }

  @Test
  void keepsSubfoldersInTheId() {
    ImageFiles.jpeg(folder.resolve("images/val/c.v1.jpg"), 8, 6);

    CocoDataset dataset =
        open("{'id':1,'file_name':'val/c.v1.jpg','width':8,'height':6}", "", CATEGORIES);

    assertThat(dataset.images().get(0).id()).isEqualTo("val/c.v1");
    assertThat(dataset.images().get(0).image().width()).isEqualTo(8);
  }

  // Masks

  @Test
  void fillsTheOutlineWithTheIndexOfTheClass() {
    String box = object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]");

    assertThat(picture(open(IMAGES, box, CATEGORIES), 1))
        .isEqualTo("........\n.3333...\n.3333...\n.3333...\n........\n........\n");
  }

  @Test
  void anImageWithoutAnnotationsIsAllBackground() {
    CocoDataset dataset = open(IMAGES, object(7, 18, 12, "[[1,1,5,1,5,4]]"), CATEGORIES);

    assertThat(dataset.images().get(0).mask()).contains(new LabelMask(8, 6, new byte[48]));
    assertThat(notices(dataset, Kind.IMAGES_WITHOUT_ANNOTATIONS))
        .extracting(DatasetNotice::count, DatasetNotice::of, DatasetNotice::examples)
        .containsExactly(tuple(1, 2, List.of("b.jpg")));
  }

  @Test
  void noImageHasAMaskWhereAllAnnotationsAreOfBackground() {
    String everywhere = object(7, 0, 48, "[[0,0,8,0,8,6,0,6]]");
    CocoDataset dataset = open(IMAGES, everywhere, "{'id':0,'name':'background'}," + CATEGORIES);

    assertThat(dataset.images()).extracting(LabeledImage::mask).containsOnly(Optional.empty());
  }

  @Test
  void noImageHasAMaskWhereNoneHasAnAnnotation() {
    CocoDataset dataset = open(IMAGES, "", CATEGORIES);

    assertThat(dataset.images()).extracting(LabeledImage::mask).containsOnly(Optional.empty());
    assertThat(notices(dataset, Kind.IMAGES_WITHOUT_ANNOTATIONS))
        .extracting(DatasetNotice::message)
        .containsExactly(
            "2 images of 2 have no annotation, so there is nothing to learn from or to measure"
                + " against; give the file of a split that has annotations");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theSmallerObjectIsOnTopWhateverTheOrder(boolean smallFirst) {
    String large = object(7, 1, 32, "[[0,0,8,0,8,4,0,4]]");
    String small = object(7, 17, 4, "[[1,1,3,1,3,3,1,3]]");
    String both = smallFirst ? small + "," + large : large + "," + small;

    assertThat(picture(open(IMAGES, both, CATEGORIES), 1))
        .isEqualTo("11111111\n12211111\n12211111\n11111111\n........\n........\n");
  }

  @Test
  void theFirstOfTwoEqualObjectsIsOnTop() {
    String both =
        object(7, 17, 8, "[[0,0,4,0,4,2,0,2]]") + "," + object(7, 18, 8, "[[2,0,6,0,6,2,2,2]]");

    assertThat(picture(open(IMAGES, both, CATEGORIES), 1)).startsWith("222233..\n222233..\n");
  }

  @Test
  void measuresAnObjectThatStatesNoArea() {
    String large = "{'image_id':7,'category_id':1,'segmentation':[[0,0,8,0,8,4,0,4]]}";
    String small = "{'segmentation':[[1,1,3,1,3,3,1,3]],'image_id':7,'category_id':17}";

    assertThat(picture(open(IMAGES, small + "," + large, CATEGORIES), 1))
        .startsWith("11111111\n12211111\n");
  }

  @Test
  void readsCompressedRuns() {
    // What pycocotools 2.0.11 writes for rows 1 and 2 of columns 1 and 2.
    String runs = object(7, 1, 4, "{'size':[6,8],'counts':'7240m0'}");

    assertThat(picture(open(IMAGES, runs, CATEGORIES), 1))
        .isEqualTo("........\n.11.....\n.11.....\n........\n........\n........\n");
  }

  @Test
  void hasNoMaskWhereAnAnnotationIsOnlyABox() {
    String outlined = object(30, 1, 4, "[[1,1,5,1,5,4,2,4]]");
    CocoDataset dataset = open(IMAGES, annotation(7, 18) + "," + outlined, CATEGORIES);

    assertThat(dataset.images().get(1).mask()).isEmpty();
    assertThat(dataset.images().get(0).mask()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "[[]]",
        "[[],[]]",
        "[[1,1,5,4]]",
        "[1,1,4,3]",
        "{'size':[6,8],'counts':[48]}",
        "{'size':[6,8],'counts':[]}",
        "{'size':[6,8],'counts':'`1'}",
        "[[2,2,2,2,2,2]]",
        "[[1,1,3,3,5,5]]",
        "[[1,1,6,1,3,1,4,1]]",
        "[[2.6,1,3.4,1,3.4,5,2.6,5]]",
        "[[0.1,0.1,0.9,0.1,0.9,0.9,0.1,0.9]]",
      })
  void anOutlineThatEnclosesNothingIsNoMaskAndIsCounted(String segmentation) {
    String outlined = object(7, 1, 4, "[[1,1,5,1,5,4,2,4]]");
    CocoDataset dataset = open(IMAGES, outlined + "," + object(7, 18, 4, segmentation), CATEGORIES);

    assertThat(dataset.images().get(1).labels()).containsExactly("person", "dog");
    assertThat(dataset.images().get(1).mask()).isEmpty();
    assertThat(dataset.notices())
        .filteredOn(notice -> notice.kind() == Kind.OBJECTS_WITHOUT_OUTLINE)
        .extracting(DatasetNotice::count, DatasetNotice::examples)
        .containsExactly(tuple(1, List.of("$.annotations[1]")));
  }

  @Test
  void hasNoMaskWhereAnObjectHasNoPixelInTheImage() {
    String outside = object(7, 1, 4, "[[9,1,12,1,12,4,9,4]]");

    assertThat(open(IMAGES, outside, CATEGORIES).images().get(1).mask()).isEmpty();
  }

  @Test
  void anObjectBehindOthersKeepsItsImagesMask() {
    String both =
        object(7, 17, 4, "[[1,1,5,1,5,4,1,4]]") + "," + object(7, 18, 8, "[[2,2,4,2,4,3,2,3]]");
    CocoDataset dataset = open(IMAGES, both, CATEGORIES);

    assertThat(dataset.images().get(1).mask()).isPresent();
    assertThat(notices(dataset, Kind.MASKS_THAT_CONTRADICT_LABELS))
        .extracting(DatasetNotice::examples)
        .containsExactly(List.of("a (labels [cat, dog], mask [cat])"));
  }

  @Test
  void keepsAManyCorneredOutlineWholeWhoseBeginningEnclosesNothing() {
    String late = "[[" + "1,1,2,1,".repeat(20) + "5,1,5,4,1,4]]";
    CocoDataset dataset = open(IMAGES, object(7, 18, 12, late), CATEGORIES);

    assertThat(notices(dataset, Kind.OBJECTS_WITHOUT_OUTLINE)).isEmpty();
    assertThat(picture(dataset, 1))
        .isEqualTo("........\n.3333...\n.3333...\n.3333...\n........\n........\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'50'", "null", "'large'", "{}", "0"})
  void anAreaThatIsNoNumberIsMeasured(String area) {
    String object =
        "{'image_id':7,'category_id':18,'segmentation':[[1,1,5,1,5,4,1,4]],'area':" + area + "}";

    assertThat(picture(open(IMAGES, object, CATEGORIES), 1)).startsWith("........\n.3333");
  }

  @Test
  void countsOutlinesThatAreBoxesWhereMostAre() {
    String box = object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]");
    String closedBox = object(7, 18, 12, "[[1,1,1,4,5,4,5,1,1,1]]");
    String triangle = object(7, 18, 12, "[[1,1,5,1,5,4]]");

    assertThat(open(IMAGES, box + "," + closedBox + "," + triangle, CATEGORIES).notices())
        .filteredOn(notice -> notice.kind() == Kind.OUTLINES_THAT_ARE_BOXES)
        .extracting(DatasetNotice::count, DatasetNotice::of)
        .containsExactly(tuple(2, 3));
    assertThat(open(IMAGES, box + "," + triangle, CATEGORIES).notices())
        .noneMatch(notice -> notice.kind() == Kind.OUTLINES_THAT_ARE_BOXES);
  }

  @Test
  void countsImagesThatShowCrowdsAlone() {
    String crowd =
        "{'image_id':7,'category_id':18,'iscrowd':1,'segmentation':{'size':[6,8],'counts':[4,44]}}";

    assertThat(open(IMAGES, crowd, CATEGORIES).notices())
        .filteredOn(notice -> notice.kind() == Kind.CROWDS_ALONE)
        .extracting(DatasetNotice::count, DatasetNotice::examples)
        .containsExactly(tuple(1, List.of("a.jpg")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "background",
        "_background_",
        "Background",
        "__background__",
        "BG",
        "BACKGROUND_Google"
      })
  void leavesOutACategoryThatIsBackground(String name) {
    String categories = "{'id':0,'name':'" + name + "'}," + CATEGORIES;
    String everywhere = object(7, 0, 48, "[[0,0,8,0,8,6,0,6]]");
    CocoDataset dataset =
        open(IMAGES, everywhere + "," + object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]"), categories);

    assertThat(dataset.classNames()).containsExactly("person", "cat", "dog");
    assertThat(dataset.images().get(1).labels()).containsExactly("dog");
    assertThat(picture(dataset, 1))
        .isEqualTo("........\n.3333...\n.3333...\n.3333...\n........\n........\n");
    assertThat(dataset.notices())
        .filteredOn(notice -> notice.kind() == Kind.BACKGROUND_LEFT_OUT)
        .extracting(DatasetNotice::subject, DatasetNotice::count)
        .containsExactly(tuple(name, 1));
  }

  @Test
  void saysWhichClassesNoImageShows() {
    assertThat(open(IMAGES, annotation(7, 18), CATEGORIES).notices())
        .filteredOn(notice -> notice.kind() == Kind.CLASSES_WITHOUT_IMAGES)
        .extracting(DatasetNotice::subject)
        .containsExactly("person, cat");
  }

  @Test
  void refusesAMaskOfAnotherSizeThanTheImage() throws IOException {
    ImageFiles.jpeg(folder.resolve("images/a.jpg"), 9, 6);
    CocoDataset dataset = open(IMAGES, object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]"), CATEGORIES);

    assertThat(notices(dataset, Kind.UNREADABLE_MASKS))
        .extracting(DatasetNotice::count)
        .containsExactly(1);
    assertThatThrownBy(() -> dataset.images().get(1).mask())
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("image 7")
        .hasMessageContaining("states 8 x 6 pixels")
        .hasMessageContaining("has 9 x 6");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[1,1,5,1,5]] | a polygon has x and y in turn, but this one has 5 numbers",
        "[[0,0,1e9,0,5,5]] | reaches far outside",
        "{'size':[8,6],'counts':[48]} | its size is [8, 6], but the image's is [6, 8]",
        "{'size':[6,8],'counts':[40]} | add up to 40 pixels, but there are 48",
        "{'size':[6,8],'counts':'~'} | not a run-length string",
        "{'size':[6,8]} | needs size, [height, width], and counts",
        "[['a']] | not what a COCO instances file has here",
        "[[1,1,5,1,5,null]] | which is a number, but null",
        "[1,1,5,1,5,4] | put the numbers into one more pair of brackets",
        "[[[1,1],[5,1],[5,4]]] | is a list of points; take the inner brackets out",
        "[{'size':[6,8],'counts':[0,48]}] | which is a list of numbers",
        "\"\" | which is a list of polygons, or an object with size and counts, but a text",
        "{} | needs size, [height, width], and counts",
        "{'size':[6,8],'counts':null} | which is a list of whole numbers, but null",
        "{'size':[6,8],'counts':[0,99999999999]} | whole numbers of pixels, but has 99999999999",
        "{'size':[6,8],'counts':[0.5,47.5]} | whole numbers of pixels, but has 0.5",
        "{'size':[6,8],'counts':[-5,53]} | negative number -5",
        "{'size':[6,99999999999],'counts':[0,48]} | but has 99999999999",
      })
  void tellsAMalformedOutlineAtOnceAndRefusesItsMask(String segmentation, String message) {
    CocoDataset dataset = open(IMAGES, object(7, 18, 12, segmentation), CATEGORIES);

    if (!message.contains("far outside")) {
      assertThat(notices(dataset, Kind.MALFORMED_OUTLINES))
          .singleElement()
          .satisfies(
              notice ->
                  assertThat(notice.subject()).startsWith("$.annotations[0]").contains(message));
    }
    assertThat(dataset.images().get(1).labels()).containsExactly("dog");
    assertThatThrownBy(() -> dataset.images().get(1).mask())
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).startsWith("$.annotations[0]"))
        .hasMessageContaining(message);
  }

  // What is wrong with the file

  @Test
  void refusesACategoryThatIsNotThere() {
    refuses(IMAGES, annotation(7, 1) + "," + annotation(7, 99), CATEGORIES)
        .hasMessageContaining("$.annotations[1].category_id")
        .hasMessageContaining("99 is none of the file's categories");
  }

  @Test
  void refusesAnImageThatIsNotThere() {
    refuses(IMAGES, annotation(8, 1), CATEGORIES)
        .hasMessageContaining("$.annotations[0].image_id")
        .hasMessageContaining("8 is none of the file's images");
  }

  @Test
  void refusesImagesWithTheSameId() {
    refuses(IMAGES + ",{'id':7,'file_name':'c.jpg','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("$.images[2].id");
  }

  @Test
  void refusesImagesWithTheSameName() {
    refuses(IMAGES + ",{'id':8,'file_name':'a.png','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("$.images[2].file_name")
        .hasMessageContaining("another image is called \"a\"");
  }

  @Test
  void refusesCategoriesWithTheSameIdOrName() {
    refuses(IMAGES, "", CATEGORIES + ",{'id':1,'name':'cow'}")
        .hasMessageContaining("$.categories[3].id");
    refuses(IMAGES, "", CATEGORIES + ",{'id':2,'name':'cat'}")
        .hasMessageContaining("$.categories[3].name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " cow", "cow\\nhorse"})
  void refusesACategoryNameThatIsNoPlainText(String name) {
    refuses(IMAGES, "", "{'id':1,'name':'" + name + "'}")
        .hasMessageContaining("$.categories[0]")
        .hasMessageContaining("plain text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a.jpg", "/etc/passwd", "x/../../a.jpg", "", "C:/a.jpg", "./a.jpg"})
  void refusesAFileNameThatLeavesTheFolder(String fileName) {
    refuses("{'id':1,'file_name':'" + fileName + "','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("$.images[0].file_name")
        .hasMessageContaining("is not a path inside the image folder");
  }

  @Test
  void refusesAMissingImage() throws IOException {
    Files.delete(folder.resolve("images/b.jpg"));

    refuses(IMAGES, "", CATEGORIES)
        .hasMessageStartingWith(folder.resolve("images/b.jpg") + ": there is no such file")
        .hasMessageContaining("instances.json lists it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.JPG", "a.jpeg", "a.png"})
  void readsAnImageThatHasAnotherExtensionThanListed(String there) throws IOException {
    Files.move(folder.resolve("images/a.jpg"), folder.resolve("images/" + there));
    CocoDataset dataset = open(IMAGES, annotation(7, 18), CATEGORIES);

    assertThat(dataset.images().get(1).id()).isEqualTo("a");
    assertThat(dataset.images().get(1).image().width()).isEqualTo(8);
    assertThat(notices(dataset, Kind.OTHER_EXTENSION))
        .extracting(DatasetNotice::subject, DatasetNotice::examples)
        .containsExactly(tuple(there.substring(1), List.of(there)));
  }

  @Test
  void refusesToChooseBetweenTwoImagesInPlaceOfAMissingOne() throws IOException {
    Files.move(folder.resolve("images/a.jpg"), folder.resolve("images/a.jpeg"));
    ImageFiles.jpeg(folder.resolve("images/a.png"), 8, 6);

    refuses(IMAGES, "", CATEGORIES).hasMessageContaining("but a.jpeg and a.png are");
  }

  @ParameterizedTest
  @CsvSource({"a.gif, there is a.gif; read are", "A.jpg, there is A.jpg; write its name as it is"})
  void saysWhatIsThereInPlaceOfAMissingImage(String there, String message) throws IOException {
    Files.move(folder.resolve("images/a.jpg"), folder.resolve("images/" + there));

    refuses(IMAGES, "", CATEGORIES).hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"images/a.jpg", "images\\\\a.jpg"})
  void readsAFileNameThatBeginsWithTheImageFoldersName(String fileName) {
    String image = "{'id':7,'file_name':'" + fileName + "','width':8,'height':6}";
    CocoDataset dataset = open(image, annotation(7, 18), CATEGORIES);

    assertThat(dataset.images().get(0).id()).isEqualTo("images/a");
    assertThat(dataset.images().get(0).image().width()).isEqualTo(8);
  }

  @Test
  void readsBackslashesBetweenFolders() {
    ImageFiles.jpeg(folder.resolve("images/val/c.jpg"), 8, 6);
    String image = "{'id':7,'file_name':'val\\\\c.jpg','width':8,'height':6}";

    assertThat(open(image, annotation(7, 18), CATEGORIES).images().get(0).id()).isEqualTo("val/c");
  }

  @Test
  void saysThatTheImageFolderHoldsTheImageItself() {
    refuses("{'id':7,'file_name':'train/a.jpg','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("images/train/a.jpg: there is no such file")
        .hasMessageContaining("the image folder holds a.jpg itself; take train/ out");
  }

  @Test
  void refusesAFileWithoutImages() {
    refuses("", "", CATEGORIES).hasMessageContaining("lists no image");
  }

  @Test
  void refusesAFileWithoutCategories() {
    refuses(IMAGES, "", "").hasMessageContaining("has 0 classes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'file_name':'a.jpg','width':8,'height':6} | needs id, file_name, width and height",
        "{'id':1,'file_name':'a.jpg'} | needs id, file_name, width and height",
        "{'id':'x','file_name':'a.jpg','width':8,'height':6} | $.images[0].id",
        "{'id':1,'file_name':'a.jpg','width':100000,'height':100000} | claims 100000 x 100000",
      })
  void refusesAMalformedImage(String image, String message) {
    refuses(image, "", CATEGORIES).hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | not what a COCO instances file has here",
        "{'images':[], | cannot be read to its end",
        "{'images':{}} | $.images",
        "{'images':[],'annotations':[]} | must have the lists images, annotations and categories",
        "'' | cannot be read to its end",
        "<html> | not what a COCO instances file has here",
        "{'images':[{'id':NaN}]} | $.images[0].id",
        "{'images':[{'id':1.5}]} | must be a whole number",
        "{'images':[{'id':null}]} | which is a whole number, but null",
        "{'images':[{'file_name':7}]} | which is a text, but a number",
        "{'images':[7]} | which is an object, but a number",
      })
  void refusesWhatIsNoInstancesFile(String json, String message) {
    write(json);

    assertThatThrownBy(this::open)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("instances.json")
        .hasMessageContaining(message);
  }

  @Test
  void refusesNestingThatWouldExhaustTheStack() {
    write("{'info':" + "[".repeat(100_000) + "]".repeat(100_000) + "}");

    assertThatThrownBy(this::open).isInstanceOf(DatasetException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GBK", "UTF-16", "UTF-16LE", "windows-1252"})
  void saysThatTheFileIsInAnotherEncoding(String encoding) {
    String json = document(IMAGES, "", "{'id':1,'name':'\u00e9\u00e8'}").replace('\'', '"');
    ImageFiles.write(folder.resolve("instances.json"), json.getBytes(Charset.forName(encoding)));

    assertThatThrownBy(this::open)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("instances.json: is not UTF-8 text");
  }

  @Test
  void saysThatUtf16WithoutAMarkIsNoUtf8() {
    String json = document(IMAGES, "", CATEGORIES).replace('\'', '"');
    ImageFiles.write(folder.resolve("instances.json"), json.getBytes(StandardCharsets.UTF_16LE));

    assertThatThrownBy(this::open).hasMessageContaining("instances.json: is not UTF-8 text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'images':[],}", "{'images':[{'id':1,}]}"})
  void namesTheFieldOfATrailingComma(String json) {
    write(json);

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).startsWith("$").doesNotEndWith("."))
        .hasMessageContaining("a trailing comma");
  }

  @Test
  void usesNoWordOfTheParser() {
    for (String json :
        List.of("[]", "{'images':{}}", "{'images':[{'id':NaN}]}", "{'images':[,]}", "{'a'")) {
      write(json);

      assertThatThrownBy(this::open)
          .message()
          .doesNotContainIgnoringCase("lenient")
          .doesNotContainIgnoringCase("strict")
          .doesNotContain("BEGIN_")
          .doesNotContain("line 1 column");
    }
  }

  @Test
  void saysThatAnImageIsAFolder() throws IOException {
    Files.delete(folder.resolve("images/a.jpg"));
    Files.createDirectory(folder.resolve("images/a.jpg"));

    refuses(IMAGES, "", CATEGORIES).hasMessageContaining("a.jpg: is a folder");
  }

  @Test
  void saysThatTheFileIsMissing() {
    assertThatThrownBy(this::open)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("there is no such file");
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refuses(
      String images, String annotations, String categories) {
    write(document(images, annotations, categories));
    return assertThatThrownBy(this::open).isInstanceOf(DatasetException.class);
  }

  private CocoDataset open(String images, String annotations, String categories) {
    write(document(images, annotations, categories));
    return open();
  }

  private CocoDataset open() {
    return CocoDataset.open(folder.resolve("images"), folder.resolve("instances.json"));
  }

  private static String document(String images, String annotations, String categories) {
    return "{'images':["
        + images
        + "],'annotations':["
        + annotations
        + "],'categories':["
        + categories
        + "]}";
  }

  private void write(String json) {
    ImageFiles.write(folder.resolve("instances.json"), json.replace('\'', '"'));
  }

  private static String annotation(int image, int category) {
    return "{'image_id':" + image + ",'category_id':" + category + ",'bbox':[1,1,3,3]}";
  }

  private static String object(int image, int category, int area, String segmentation) {
    return "{'image_id':"
        + image
        + ",'category_id':"
        + category
        + ",'area':"
        + area
        + ",'segmentation':"
        + segmentation
        + "}";
  }

  private static List<DatasetNotice> notices(CocoDataset dataset, Kind kind) {
    return dataset.notices().stream().filter(notice -> notice.kind() == kind).toList();
  }

  private static String picture(CocoDataset dataset, int image) {
    LabelMask mask = dataset.images().get(image).mask().orElseThrow();
    StringBuilder picture = new StringBuilder();
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        picture.append(mask.at(x, y) == 0 ? "." : String.valueOf(mask.at(x, y)));
      }
      picture.append('\n');
    }
    return picture.toString();
  }
}
