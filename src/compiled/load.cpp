// SPDX-License-Identifier: Apache-2.0
#include "compiled/load.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "compiled/format.h"
#include "compiled/identity.h"
#include "compiled/reader.h"
#include "onnx/file.h"
#include "runtime/checksum.h"
#include "runtime/error.h"

namespace onecnn::core::compiled {

namespace {

/// A file as it lies in memory.
struct Image {
    std::shared_ptr<std::byte> storage;
    std::size_t bytes = 0;
    bool mapped = false;

    [[nodiscard]] std::span<const std::byte> all() const { return {storage.get(), bytes}; }
};

Header read_header(const Image& image) {
    Header header{};
    if (image.bytes < sizeof header) {
        damaged("it ends early");
    }
    std::memcpy(&header, image.storage.get(), sizeof header);
    if (header.magic != magic || header.format != format_version || header.header_bytes != sizeof header) {
        fail(ErrorCode::invalid_model, "it is of format ", header.format, ", and this library reads format ",
             format_version, "; compile the model again");
    }
    if (header.file_bytes != image.bytes || header.description_bytes > image.bytes - sizeof header) {
        damaged("it is not as long as it says");
    }
    return header;
}

/// The pieces of a file's data.
class Pieces {
public:
    Pieces(const Image& image, std::size_t begin) : image_(image), begin_(std::min(begin, image.bytes)) {}

    /// InvalidModel when it is not inside the data.
    [[nodiscard]] std::span<std::byte> at(const Blob& blob) const {
        const std::uint64_t data = image_.bytes - begin_;
        if (blob.offset > data || blob.bytes > data - blob.offset || blob.offset % 64 != 0) {
            damaged("a piece of its data lies outside");
        }
        return {image_.storage.get() + begin_ + blob.offset, static_cast<std::size_t>(blob.bytes)};
    }

    /// A piece that keeps the image.
    [[nodiscard]] std::shared_ptr<std::byte> shared(std::span<std::byte> piece) const {
        return {image_.storage, piece.data()};
    }

    [[nodiscard]] bool may_change() const { return image_.mapped; }

private:
    const Image& image_;
    std::size_t begin_;
};

void require_whole(std::span<const std::byte> bytes, const Blob& blob) {
    if (checksum(bytes) != blob.checksum) {
        damaged("a constant has changed");
    }
}

/// A constant: where other processes may write to the file, one that may be a shape or an index is copied, so that it
/// stays what was checked.
Stored stored(const Pieces& pieces, const Blob& blob, bool only_packed) {
    constexpr std::size_t small = 64 * 1024;
    const auto piece = pieces.at(blob);
    Stored constant{nullptr, piece.size(), false};
    if (pieces.may_change() && piece.size() <= small) {
        constant.storage = allocate(piece.size());
        std::ranges::copy(piece, constant.storage.get());
    } else {
        constant.storage = pieces.shared(piece);
        constant.may_change = pieces.may_change();
    }
    if (!only_packed) {
        require_whole({constant.storage.get(), constant.bytes}, blob);
    }
    return constant;
}

CompiledModel decode(const Image& image, const Options& options, const std::filesystem::path& source) {
    const Header header = read_header(image);
    const auto described = image.all().subspan(sizeof header, static_cast<std::size_t>(header.description_bytes));
    if (checksum(described) != header.description_checksum) {
        damaged("its description has changed");
    }
    Reader reader(described, options.limits.nodes);
    Identity identity;
    reader(identity);
    require_same(identity, options, source);

    std::vector<Blob> blobs;
    std::vector<Form> forms;
    reader(blobs, forms);
    const Pieces pieces(image, (sizeof header + described.size() + page - 1) / page * page);
    std::vector<bool> is_packed(blobs.size(), false);
    for (const Form& form : forms) {
        if (form.constant >= blobs.size() || form.begin > blobs[form.constant].bytes) {
            damaged("packed weights belong to no constant");
        }
        is_packed[form.constant] = true;
    }
    CompiledModel model;
    std::vector<Stored> constants;
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        if (blobs[i].bytes > static_cast<std::uint64_t>(options.limits.tensor_bytes)) {
            fail(ErrorCode::resource_limit, "a constant takes ", blobs[i].bytes,
                 " bytes, more than the limit tensor_bytes of ", options.limits.tensor_bytes);
        }
        constants.push_back(stored(pieces, blobs[i], is_packed[i]));
        if (is_packed[i]) {
            model.originals.push_back({constants[i].storage.get(), {constants[i].bytes, blobs[i].checksum}});
        }
    }
    for (Form& form : forms) {
        const auto packed = pieces.at(form.packed);
        model.forms.push_back({constants[form.constant].storage.get() + form.begin, std::move(form.name),
                               pieces.shared(packed), packed.size(), form.packed.checksum});
    }
    reader.set_blobs(std::move(constants));
    std::vector<Way> ways;
    reader(model.parsed.info, model.parsed.graph, ways, model.plans);
    for (Way& way : ways) {
        model.ways.insert_or_assign(std::move(way.node), std::move(way.way));
    }
    reader.finish();
    return model;
}

std::shared_ptr<const Model> load(const Image& image, Options options, const std::filesystem::path& source) {
    const std::uint64_t most = static_cast<std::uint64_t>(options.limits.model_bytes) +
                               static_cast<std::uint64_t>(options.limits.external_bytes);
    if (image.bytes > most) {
        fail(ErrorCode::resource_limit, "it has ", image.bytes,
             " bytes; the limits for a model and its external data are ", most);
    }
    CompiledModel compiled = decode(image, options, source);
    return Model::create(std::move(compiled), std::move(options));
}

/// A regular file, open; false where there is none.
onnx::File open_regular(const std::filesystem::path& path, struct stat& status) {
    // Without O_NONBLOCK opening a pipe waits for its writer.
    onnx::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file || ::fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return {};
    }
    return file;
}

Image map(const std::filesystem::path& path) {
    const auto failed = [&path] {
        fail(ErrorCode::io, "'", path.string(), "' cannot be mapped: ", std::generic_category().message(errno));
    };
    struct stat status{};
    const onnx::File file = open_regular(path, status);
    if (!file) {
        failed();
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    void* const mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (mapped == MAP_FAILED) {
        failed();
    }
    return {{static_cast<std::byte*>(mapped), [bytes](std::byte* begin) { ::munmap(begin, bytes); }}, bytes, true};
}

}  // namespace

bool is_compiled(std::span<const std::byte> begin) {
    return begin.size() >= magic.size() && std::memcmp(begin.data(), magic.data(), magic.size()) == 0;
}

bool is_compiled(const std::filesystem::path& path) {
    struct stat status{};
    const onnx::File file = open_regular(path, status);
    if (!file || status.st_size < static_cast<off_t>(magic.size())) {
        return false;
    }
    std::array<std::byte, magic.size()> begin{};
    file.read(begin.data(), begin.size(), 0, path.string());
    return is_compiled(begin);
}

std::shared_ptr<const Model> load_file(const std::filesystem::path& path, Options options,
                                       const std::filesystem::path& source) {
    const Image image = map(path);
    try {
        return load(image, std::move(options), source);
    } catch (const Error& error) {
        throw Error(error.code(), concat("'", path.string(), "': ", error.message()));
    }
}

std::shared_ptr<const Model> load_memory(std::span<const std::byte> bytes, Options options,
                                         const std::filesystem::path& source) {
    Image image{allocate(bytes.size()), bytes.size(), false};
    std::ranges::copy(bytes, image.storage.get());
    return load(image, std::move(options), source);
}

}  // namespace onecnn::core::compiled
