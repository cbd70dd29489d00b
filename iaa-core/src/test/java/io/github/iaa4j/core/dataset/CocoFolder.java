package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;

/** A folder with two images and a file of COCO's annotations that a test writes. */
record CocoFolder(Path folder) {

  /** Categories whose ids are not in order. */
  static final String CATEGORIES =
      "{'id':18,'name':'dog','supercategory':'animal'},{'id':1,'name':'person'},"
          + "{'id':17,'name':'cat'}";

  /** The images that the folder has. */
  static final String IMAGES =
      "{'id':30,'file_name':'b.jpg','width':8,'height':6},"
          + "{'id':7,'file_name':'a.jpg','width':8,'height':6}";

  CocoFolder {
    ImageFiles.jpeg(folder.resolve("images/a.jpg"), 8, 6);
    ImageFiles.jpeg(folder.resolve("images/b.jpg"), 8, 6);
  }

  AbstractThrowableAssert<?, ? extends Throwable> refuses(
      String images, String annotations, String categories) {
    write(document(images, annotations, categories));
    return assertThatThrownBy(this::open).isInstanceOf(DatasetException.class);
  }

  CocoDataset open(String images, String annotations, String categories) {
    write(document(images, annotations, categories));
    return open();
  }

  CocoDataset open() {
    return CocoDataset.open(folder.resolve("images"), folder.resolve("instances.json"));
  }

  static String document(String images, String annotations, String categories) {
    return "{'images':["
        + images
        + "],'annotations':["
        + annotations
        + "],'categories':["
        + categories
        + "]}";
  }

  void write(String json) {
    ImageFiles.write(folder.resolve("instances.json"), json.replace('\'', '"'));
  }

  static String annotation(int image, int category) {
    return "{'image_id':" + image + ",'category_id':" + category + ",'bbox':[1,1,3,3]}";
  }

  static String object(int image, int category, int area, String segmentation) {
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

  static List<DatasetNotice> notices(CocoDataset dataset, Kind kind) {
    return dataset.notices().stream().filter(notice -> notice.kind() == kind).toList();
  }

  static String picture(CocoDataset dataset, int image) {
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
