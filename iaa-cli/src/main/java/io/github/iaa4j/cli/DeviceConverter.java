package io.github.iaa4j.cli;

import io.github.iaa4j.onnx.Device;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the value of {@code --device}. */
final class DeviceConverter implements ITypeConverter<Device> {

  @Override
  public Device convert(String name) {
    try {
      return Device.parse(name);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
