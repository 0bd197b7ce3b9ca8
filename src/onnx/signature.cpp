// SPDX-License-Identifier: Apache-2.0
#include "onnx/signature.h"

#include <algorithm>
#include <array>

namespace onecnn::core::onnx {

namespace {

using namespace std::string_view_literals;

struct Signature {
    std::string_view bytes;
    std::string_view meaning;
};

constexpr std::array signatures{
    Signature{"version https://git-lfs"sv, "it is a Git LFS pointer; 'git lfs pull' fetches the model itself"},
    Signature{"PK\x03\x04"sv, "it looks like a ZIP archive, such as a PyTorch or Keras file"},
    Signature{"\x89HDF\r\n"sv, "it looks like an HDF5 file, such as a Keras model"},
    Signature{"\x80\x02"sv, "it looks like a Python pickle"},
    Signature{"\x80\x03"sv, "it looks like a Python pickle"},
    Signature{"\x80\x04"sv, "it looks like a Python pickle"},
    Signature{"\x80\x05"sv, "it looks like a Python pickle"},
    Signature{"\x1F\x8B"sv, "it looks like a gzip archive"},
    Signature{"\x89PNG"sv, "it looks like a PNG image"},
    Signature{"\xFF\xD8\xFF"sv, "it looks like a JPEG image"},
    Signature{"GIF8"sv, "it looks like a GIF image"},
    Signature{"%PDF"sv, "it looks like a PDF document"},
    Signature{"\x7F"
              "ELF"sv,
              "it looks like a program or library"},
};

bool is_text(std::string_view bytes) {
    return std::ranges::all_of(bytes,
                               [](char c) { return static_cast<unsigned char>(c) >= ' ' || (c >= '\t' && c <= '\r'); });
}

}  // namespace

std::string_view describe_foreign(std::string_view bytes) {
    if (bytes.empty()) {
        return "it is empty";
    }
    for (const auto& [start, meaning] : signatures) {
        if (bytes.starts_with(start)) {
            return meaning;
        }
    }
    if (const auto start = bytes.substr(0, 512);
        start.find_first_of("<{ \n") != std::string_view::npos && is_text(start)) {
        return "it looks like text";
    }
    return "its bytes are no protocol-buffer message of ONNX";
}

}  // namespace onecnn::core::onnx
