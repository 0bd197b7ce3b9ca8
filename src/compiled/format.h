// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// A compiled file: a Header, the description, and data from the next multiple of `page` on. The description holds, one
// after another, an Identity, the Blobs, the Forms, the model's ModelInfo and Graph, the Ways and the PlanKeys of its
// plans; see Writer for how. Numbers lie as in memory: the file is for the machine that made it.

namespace onecnn::core::compiled {

/// No ONNX file begins so: it would be a field of protobuf with a wire type that there is not.
inline constexpr std::array<char, 8> magic{'o', 'n', 'e', 'c', 'n', 'n', '\r', '\n'};

/// Changes with anything in the file, the order of an attribute's alternatives included.
inline constexpr std::uint32_t format_version = 2;

inline constexpr std::size_t page = 4096;

struct Header {
    std::array<char, 8> magic;
    std::uint32_t format;
    std::uint32_t header_bytes;
    std::uint64_t file_bytes;
    std::uint64_t description_bytes;
    std::uint64_t description_checksum;
};

/// What a file was made by, for and from; the texts must be the same where it is loaded.
struct Identity {
    std::string library;  ///< "onecnn 0.1.0"
    std::string machine;  ///< what decides how weights are packed
    std::string options;
    std::optional<std::uint64_t> source;  ///< the checksum of the ONNX file
};

/// Bytes among the data, which begin at a multiple of 64.
struct Blob {
    std::uint64_t offset = 0;  ///< from the data's begin
    std::uint64_t bytes = 0;
    std::uint64_t checksum = 0;
};

/// A constant as a kernel reads it.
struct Form {
    std::uint64_t constant = 0;  ///< the Blob
    std::uint64_t begin = 0;     ///< where in that, for a part of it
    std::string name;            ///< as PackedWeights has it
    Blob packed;
};

/// A way of computing a node that was measured to be the fastest; see Ways.
struct Way {
    std::string node;
    std::string way;
};

}  // namespace onecnn::core::compiled
