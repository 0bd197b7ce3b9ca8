// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// What cannot be decoded gives an empty image, as ONNX has it.
void execute(ExecuteContext& context) {
    const auto format = attribute<std::string>(context.node(), "pixel_format", "RGB");
    if (format != "RGB" && format != "BGR" && format != "Grayscale") {
        context.invalid("pixel_format is '", format, "', expected RGB, BGR or Grayscale");
    }
    const std::int64_t channels = format == "Grayscale" ? 1 : 3;
    const auto& decode = context.options().decode_image;
    if (!decode) {
        context.unsupported("the program that runs this model has set no image decoder");
    }
    Tensor pixels = decode(std::as_bytes(context.elements<std::uint8_t>(0)), format)
                        .value_or(Tensor(DType::uint8, {0, 0, channels}));
    if (pixels.dtype() != DType::uint8 || pixels.shape().size() != 3 || pixels.shape()[2] != channels) {
        context.invalid("the image decoder gives ", describe(Datum(pixels)), ", expected uint8[height, width, ",
                        channels, "]");
    }
    context.set_output(0, std::move(pixels));
}

const Registration image_decoder{{"", "ImageDecoder", 1, 1, 1, {}, nullptr, nullptr, execute}};

}  // namespace

}  // namespace onecnn::core
