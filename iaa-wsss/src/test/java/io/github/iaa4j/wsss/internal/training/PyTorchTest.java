package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.pytorch.jni.JniUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PyTorchTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x86_64",
    "Linux, aarch64, linux-aarch64",
    "Mac OS X, aarch64, osx-aarch64",
    "Windows 11, amd64, win-x86_64"
  })
  void theMissingArtifactIsThatOfThePlatform(String os, String architecture, String classifier) {
    assertThat(PyTorch.missing(os, architecture))
        .containsPattern("ai\\.djl\\.pytorch:pytorch-native-cpu:[0-9.]+:" + classifier + " ");
  }

  @ParameterizedTest
  @CsvSource({"Mac OS X, x86_64, osx-x86_64", "FreeBSD, amd64, freebsd-x86_64"})
  void aPlatformWithoutPyTorchIsNamedWithThoseThatHaveIt(
      String os, String architecture, String platform) {
    assertThat(PyTorch.missing(os, architecture))
        .contains("not for " + platform)
        .contains("linux-x86_64, linux-aarch64, osx-aarch64, win-x86_64");
  }

  @Test
  void loadingLeavesNoSystemPropertyAndOneThreadPerOperator() {
    PyTorch.load();

    assertThat(System.getProperty("ai.djl.offline")).isNull();
    assertThat(System.getProperty("ai.djl.pytorch.num_threads")).isNull();
    assertThat(JniUtils.getNumThreads()).isEqualTo(1);
  }
}
