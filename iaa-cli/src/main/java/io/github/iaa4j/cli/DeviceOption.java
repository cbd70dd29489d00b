package io.github.iaa4j.cli;

import io.github.iaa4j.onnx.Device;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where networks run, for every command that runs some on ONNX Runtime. */
@SuppressWarnings("NullAway.Init") // picocli sets the field
final class DeviceOption {

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      converter = Converter.class,
      description =
          "Where networks run on ONNX Runtime: cpu, cuda or cuda:N. A GPU needs onnxruntime_gpu"
              + " instead of onnxruntime on the class path; PyTorch trains on the CPU. Default:"
              + " ${DEFAULT-VALUE}.")
  private Device device;

  Device get() {
    return device;
  }

  private static final class Converter implements ITypeConverter<Device> {
    @Override
    public Device convert(String name) {
      try {
        return Device.parse(name);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
