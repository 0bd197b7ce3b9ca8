// SPDX-License-Identifier: Apache-2.0
#include "onnx/external_data.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "onnx/beneath.h"
#include "onnx/reader.h"
#include "onnx_bytes.h"
#include "runtime/error.h"

namespace {

using namespace onecnn::core;
using namespace onecnn::testing;
namespace fs = std::filesystem;

constexpr auto invalid = ErrorCode::invalid_model;

void write(const fs::path& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

/// A folder "model" with a file "w.bin" of two floats, 1 and 2, beside a file "secret" of one.
struct Folder {
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "onecnn-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        root = pattern;
        fs::create_directories(root / "model" / "sub");
        write(root / "secret", raw<float>({42}));
        write(root / "model" / "w.bin", raw<float>({1, 2}));
        write(root / "model" / "sub" / "w.bin", raw<float>({3}));
    }
    ~Folder() { fs::remove_all(root); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    /// Reads a model whose initializer is `tensor` from the folder.
    [[nodiscard]] float read(const Bytes& tensor, const Options& options = {}) const {
        ModelBytes model;
        model.initializers = {tensor};
        write(root / "model" / "m.onnx", model.str());
        const auto parsed = onnx::read_file(root / "model" / "m.onnx", options);
        return parsed.graph.constant(static_cast<ValueId>(0))->as<float>()[0];
    }

    void refuse(const std::string& what, const Bytes& tensor, ErrorCode code, const std::string& sentence,
                const Options& options = {}) const {
        BOOST_TEST_CONTEXT(what) {
            BOOST_CHECK_EXCEPTION((void)read(tensor, options), Error, [&](const Error& error) {
                BOOST_TEST(error.message().find(sentence) != std::string::npos, error.message());
                return error.code() == code;
            });
        }
    }

    fs::path root;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(external_data, Folder)

BOOST_AUTO_TEST_CASE(is_read_from_the_models_folder) {
    BOOST_TEST(read(external_tensor("w.bin")) == 1);
    BOOST_TEST(read(external_tensor("w.bin", "4")) == 2);
    BOOST_TEST(read(external_tensor("sub/w.bin")) == 3);
    BOOST_TEST(read(tensor("w", float32, {1}).integer(14, 1).bytes(13, entry("location", "w.bin"))) == 1, "defaults");
}

BOOST_AUTO_TEST_CASE(is_read_from_the_folder_of_the_option) {
    Options options;
    options.external_data = (root / "model" / "sub").string();
    BOOST_TEST(read(external_tensor("w.bin"), options) == 3);
}

BOOST_AUTO_TEST_CASE(never_leaves_its_folder) {
    const fs::path folder = root / "model";
    refuse("parent", external_tensor("../secret"), invalid, "no path inside the model's folder");
    refuse("parent further on", external_tensor("sub/../../secret"), invalid, "no path inside");
    refuse("absolute", external_tensor((root / "secret").string()), invalid, "no path inside");
    refuse("empty", external_tensor(""), invalid, "no path inside");
    refuse("empty component", external_tensor("sub//w.bin"), invalid, "no path inside");
    fs::create_symlink(root / "secret", folder / "link");
    refuse("symbolic link", external_tensor("link"), invalid, "'link', which is reached through a symbolic link");
    fs::create_symlink("w.bin", folder / "inner");
    refuse("symbolic link inside", external_tensor("inner"), invalid, "symbolic link");
    fs::create_directory_symlink(root, folder / "up");
    refuse("folder's symbolic link", external_tensor("up/secret"), invalid, "symbolic link");
    fs::create_hard_link(root / "secret", folder / "hard");
    refuse("hard link", external_tensor("hard"), invalid, "'hard', which is a hard link");
}

BOOST_AUTO_TEST_CASE(never_leaves_its_folder_without_openat2) {
    const fs::path folder = root / "model";
    fs::create_symlink("w.bin", folder / "link");
    fs::create_directory_symlink(root, folder / "up");
    const auto opens = [&](const fs::path& from, const char* path) {
        return static_cast<bool>(onnx::open_by_components(from, path));
    };
    BOOST_TEST(opens(folder, "w.bin"));
    BOOST_TEST(opens(folder, "sub/w.bin"));
    BOOST_TEST(opens(folder, "./sub/./w.bin"));
    BOOST_TEST(!opens(folder, "link"));
    BOOST_TEST(!opens(folder, "up/secret"));
    BOOST_TEST(!opens(folder, "w.bin/w.bin"));
    BOOST_TEST(!opens(folder, "none/w.bin"));
    BOOST_TEST(!opens(root / "none", "w.bin"));
}

BOOST_AUTO_TEST_CASE(is_a_regular_file) {
    BOOST_REQUIRE(::mkfifo((root / "model" / "pipe").c_str(), 0600) == 0);
    refuse("pipe", external_tensor("pipe"), invalid, "'pipe', which is not a regular file");
    refuse("folder", external_tensor("sub"), invalid, "'sub', which is not a regular file");
    refuse("missing", external_tensor("none"), ErrorCode::io, "'none', which cannot be opened: No such file");
}

BOOST_AUTO_TEST_CASE(has_the_bytes_of_its_tensor) {
    refuse("past the end", external_tensor("w.bin", "8"), invalid, "lies at bytes 8 to 12 of 'w.bin', which has 8");
    refuse("far past the end", external_tensor("w.bin", "9223372036854775807"), invalid, "which has 8");
    refuse("other length", external_tensor("w.bin", "0", "8"), invalid, "has 4 bytes, but its external data 8");
    for (const auto* number : {"", "-4", "+4", " 4", "4x", "0x4", "99999999999999999999", "4.0"}) {
        refuse(number, external_tensor("w.bin", number), invalid, "not a number of bytes");
    }
    refuse("twice", external_tensor("w.bin").bytes(13, entry("offset", "4")), invalid, "gives 'offset' twice");
}

BOOST_AUTO_TEST_CASE(keeps_to_its_limit) {
    Options options;
    options.limits.external_bytes = 3;
    refuse("limit", external_tensor("w.bin"), ErrorCode::resource_limit, "more bytes than the limit of 3", options);
}

BOOST_AUTO_TEST_CASE(needs_a_folder_when_the_model_is_in_memory) {
    ModelBytes model;
    model.initializers = {external_tensor("w.bin")};
    const std::string bytes = model.str();
    Options options;
    BOOST_CHECK_EXCEPTION((void)onnx::read_memory(std::as_bytes(std::span(bytes)), options), Error,
                          [](const Error& error) { return error.code() == ErrorCode::invalid_argument; });
    options.external_data = (root / "model").string();
    BOOST_TEST(onnx::read_memory(std::as_bytes(std::span(bytes)), options)
                   .graph.constant(static_cast<ValueId>(0))
                   ->as<float>()[0] == 1);
}

BOOST_AUTO_TEST_CASE(weights_of_a_file_are_aligned_wherever_they_lie) {
    for (std::size_t shift = 0; shift < 9; ++shift) {
        BOOST_TEST_CONTEXT("shift " << shift) {
            const Bytes tensor = Bytes()
                                     .integer(1, 2)
                                     .integer(2, float32)
                                     .bytes(8, "w")
                                     .bytes(12, std::string(shift, '.'))
                                     .bytes(9, raw<float>({7, 8}));
            ModelBytes model;
            model.initializers = {tensor};
            write(root / "model" / "m.onnx", model.str());
            const auto parsed = onnx::read_file(root / "model" / "m.onnx", {});
            const Tensor& weights = *parsed.graph.constant(static_cast<ValueId>(0));
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(weights.data()) % alignof(float) == 0U);
            BOOST_TEST(weights.as<float>()[0] == 7);
            BOOST_TEST(weights.as<float>()[1] == 8);
        }
    }
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_named) {
    const auto refuse_file = [](const fs::path& path, const std::string& sentence) {
        BOOST_CHECK_EXCEPTION((void)onnx::read_file(path, {}), Error, [&](const Error& error) {
            BOOST_TEST(error.message().find("'" + path.string() + "'" + sentence) == 0U, error.message());
            return error.code() == ErrorCode::io;
        });
    };
    refuse_file(root / "none.onnx", " cannot be opened: No such file or directory");
    refuse_file(root, " is a directory");
    BOOST_REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
    refuse_file(root / "pipe", " is not a regular file");
}

BOOST_AUTO_TEST_SUITE_END()
