// SPDX-License-Identifier: Apache-2.0
// classify MODEL IMAGE [INDEX]: names the digit in a PNG, or the one at INDEX in an IDX file of MNIST.
#include <png.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <onecnn/onecnn.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t side = 28;
using Pixels = std::array<unsigned char, side * side>;

std::uint32_t big_endian(std::span<const char> bytes) {
    std::uint32_t number = 0;
    for (const char byte : bytes.first(4)) {
        number = number << 8 | static_cast<unsigned char>(byte);
    }
    return number;
}

/// An IDX file of images: four big-endian numbers (kind, count, rows, columns), then the pixels.
Pixels read_idx(const std::string& path, std::uint64_t index) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error(path + ": the file cannot be opened");
    }
    std::array<char, 16> header{};
    const std::span numbers(header);
    if (!file.read(header.data(), header.size()) || big_endian(numbers) != 0x803) {
        throw std::runtime_error(path + ": neither a PNG nor an IDX file of images");
    }
    if (big_endian(numbers.subspan(8)) != side || big_endian(numbers.subspan(12)) != side) {
        throw std::runtime_error(path + ": the images are not 28 x 28 pixels");
    }
    if (index >= big_endian(numbers.subspan(4))) {
        throw std::runtime_error(path + ": it has no image of that index");
    }
    Pixels pixels;
    file.seekg(static_cast<std::streamoff>(header.size() + index * pixels.size()));
    if (!file.read(reinterpret_cast<char*>(pixels.data()), pixels.size())) {
        throw std::runtime_error(path + ": the file ends before that image");
    }
    return pixels;
}

/// libpng's state for one picture.
struct Png : png_image {
    explicit Png(const std::string& path) : png_image{} {
        version = PNG_IMAGE_VERSION;
        png_image_begin_read_from_file(this, path.c_str());
    }
    Png(const Png&) = delete;
    Png& operator=(const Png&) = delete;
    ~Png() { png_image_free(this); }
};

Pixels read_png(const std::string& path) {
    Png image(path);
    if (!PNG_IMAGE_FAILED(image) && (image.width != side || image.height != side)) {
        throw std::runtime_error(path + ": the picture is not 28 x 28 pixels");
    }
    Pixels pixels;
    const png_color black{};
    image.format = PNG_FORMAT_GRAY;
    if (PNG_IMAGE_FAILED(image) || !png_image_finish_read(&image, &black, pixels.data(), 0, nullptr)) {
        throw std::runtime_error(path + ": " + image.message);
    }
    return pixels;
}

bool is_png(const std::string& path) {
    std::array<unsigned char, 8> start{};
    std::ifstream file(path, std::ios::binary);
    return file.read(reinterpret_cast<char*>(start.data()), start.size()) &&
           png_sig_cmp(start.data(), 0, start.size()) == 0;
}

void classify(const std::string& model_path, const Pixels& pixels) {
    std::vector<float> image(pixels.size());
    std::ranges::transform(pixels, image.begin(), [](unsigned char ink) { return static_cast<float>(ink) / 255.0F; });

    const onecnn::Model model(model_path);
    const auto outputs = model.run({onecnn::Tensor(std::move(image), {1, 1, side, side})});
    const auto probabilities = outputs.at(0).data<float>();

    std::printf("digit %td\n", std::ranges::max_element(probabilities) - probabilities.begin());
    for (std::size_t digit = 0; digit < probabilities.size(); ++digit) {
        std::printf("%zu %.6f\n", digit, static_cast<double>(probabilities[digit]));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const std::string number = arguments.size() == 3 ? arguments[2] : "0";
    std::uint64_t index = 0;
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (arguments.size() < 2 || arguments.size() > 3 || fault != std::errc{} || *end != '\0') {
        std::cerr << "usage: classify MODEL IMAGE [INDEX]\n";
        return 1;
    }
    try {
        const std::string& path = arguments[1];
        classify(arguments[0], is_png(path) ? read_png(path) : read_idx(path, index));
    } catch (const std::exception& error) {
        std::cerr << "classify: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
