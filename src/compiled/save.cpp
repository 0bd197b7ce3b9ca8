// SPDX-License-Identifier: Apache-2.0
#include "compiled/save.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "compiled/identity.h"
#include "compiled/new_file.h"
#include "compiled/writer.h"
#include "runtime/checksum.h"
#include "runtime/fork_gate.h"

namespace onecnn::core::compiled {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

/// The data of a file in the making: where each piece of it goes.
class Data {
public:
    [[nodiscard]] Blob add(Bytes bytes) {
        // What is used lies in pages of its own, apart from what is not.
        end_ = round_up(end_, bytes.size() >= page ? page : 64);
        const Blob blob{end_, bytes.size(), checksum(bytes)};
        pieces_.emplace_back(blob.offset, bytes);
        end_ += bytes.size();
        return blob;
    }

    void write(NewFile& file, std::uint64_t begin) const {
        for (const auto& [offset, bytes] : pieces_) {
            file.write(bytes, begin + offset);
        }
    }

    [[nodiscard]] std::uint64_t size() const { return end_; }

private:
    std::uint64_t end_ = 0;
    std::vector<std::pair<std::uint64_t, Bytes>> pieces_;
};

/// The forms of these constants that can be found again by them: not those of what a plan alone has folded.
std::vector<std::pair<Form, Bytes>> forms_of(const std::vector<PackedWeights::Form>& packed,
                                             const std::vector<Bytes>& constants) {
    std::map<const std::byte*, std::size_t> by_begin;
    for (std::size_t i = 0; i < constants.size(); ++i) {
        by_begin.emplace(constants[i].data(), i);
    }
    std::vector<std::pair<Form, Bytes>> forms;
    for (const PackedWeights::Form& form : packed) {
        auto found = by_begin.upper_bound(form.original);
        if (found == by_begin.begin()) {
            continue;
        }
        const auto& [begin, constant] = *--found;
        const auto offset = static_cast<std::size_t>(form.original - begin);
        if (offset < constants[constant].size()) {
            forms.emplace_back(Form{constant, offset, form.name, {}}, Bytes(form.packed.get(), form.bytes));
        }
    }
    // They come in the order of addresses: the same model should make the same file.
    std::ranges::sort(forms, {}, [](const auto& entry) {
        const Form& form = entry.first;
        return std::tie(form.constant, form.begin, form.name);
    });
    return forms;
}

/// The keys of plans that can be made before a run: all inputs are tensors of numbers.
std::vector<PlanKey> plain_keys(std::vector<PlanKey> keys) {
    std::erase_if(keys, [](const PlanKey& key) {
        return std::ranges::any_of(key.dtypes, [](DType dtype) { return bits(dtype) == 0; });
    });
    return keys;
}

std::vector<Way> listed(const Ways::Chosen& chosen) {
    std::vector<Way> ways;
    for (const auto& [node, way] : chosen) {
        ways.push_back({node, way});
    }
    return ways;
}

}  // namespace

void save(const Model& model, const std::filesystem::path& path, const std::optional<std::filesystem::path>& source) {
    const ForkGate gate;
    Identity identity = identity_of(model.options());
    if (source) {
        identity.source = source_checksum(*source, model.options());
    }
    Writer contents(model.bodies());
    contents(model.info(), model.graph(), listed(model.ways()), plain_keys(model.program().plan_keys()));

    const auto held = model.packed_weights();
    auto packed = forms_of(held, contents.blobs());
    Data data;
    std::vector<Form> forms;
    std::vector<bool> is_packed(contents.blobs().size(), false);
    for (auto& [form, bytes] : packed) {
        form.packed = data.add(bytes);
        is_packed[form.constant] = true;
        forms.push_back(std::move(form));
    }
    // The constants that only another shape may need come last: nobody reads those pages.
    std::vector<Blob> blobs(contents.blobs().size());
    for (const bool last : {false, true}) {
        for (std::size_t i = 0; i < blobs.size(); ++i) {
            if (is_packed[i] == last) {
                blobs[i] = data.add(contents.blobs()[i]);
            }
        }
    }

    Writer description(model.bodies());
    description(identity, blobs, forms);
    std::vector<std::byte> described = description.bytes();
    described.insert(described.end(), contents.bytes().begin(), contents.bytes().end());
    const std::uint64_t begin = round_up(sizeof(Header) + described.size(), page);
    const Header header{
        magic, format_version, sizeof(Header), begin + data.size(), described.size(), checksum(described)};

    NewFile file(path);
    file.write(std::as_bytes(std::span(&header, 1)), 0);
    file.write(described, sizeof header);
    data.write(file, begin);
    file.commit(header.file_bytes);
}

}  // namespace onecnn::core::compiled
