// SPDX-License-Identifier: Apache-2.0
#include "runtime/packed_weights.h"

#include <cstring>

#include "runtime/checksum.h"
#include "runtime/error.h"
#include "runtime/packed_form.h"

namespace onecnn::core {

namespace {

/// All that tells one descriptor from another, as a key.
std::string describe(const dnnl::memory::desc& descriptor) {
    std::string key = std::to_string(static_cast<int>(descriptor.get_data_type())) + "/" +
                      std::to_string(descriptor.get_size()) + "/" + std::to_string(descriptor.get_submemory_offset());
    const auto append = [&key](char tag, const dnnl::memory::dims& values) {
        key += tag;
        for (const auto value : values) {
            key += std::to_string(value) + ",";
        }
    };
    append('d', descriptor.get_dims());
    append('s', descriptor.get_strides());
    append('b', descriptor.get_inner_blks());
    append('i', descriptor.get_inner_idxs());
    return key;
}

void reorder(const Tensor& tensor, const dnnl::memory::desc& from, const dnnl::memory::desc& to, std::byte* storage) {
    const OneThread one_thread;
    std::memset(storage, 0, to.get_size());  // kernels read the padding of a blocked form
    const dnnl::engine& engine = cpu_engine();
    const dnnl::reorder::primitive_desc descriptor(engine, from, engine, to, primitive_attributes());
    const auto scratch = allocate(descriptor.scratchpad_desc().get_size());
    dnnl::memory source(from, engine, const_cast<std::byte*>(tensor.data()));
    dnnl::memory destination(to, engine, storage);
    dnnl::stream stream(engine);
    dnnl::reorder(descriptor)
        .execute(stream, {{DNNL_ARG_FROM, source},
                          {DNNL_ARG_TO, destination},
                          {DNNL_ARG_SCRATCHPAD, dnnl::memory(descriptor.scratchpad_desc(), engine, scratch.get())}});
    stream.wait();
}

}  // namespace

std::shared_ptr<const std::byte> PackedWeights::get(const Tensor& tensor, const dnnl::memory::desc& from,
                                                    const dnnl::memory::desc& to) {
    if (from == to) {
        return tensor.storage();
    }
    return get(tensor, describe(from) + " " + describe(to), to.get_size(),
               [&](std::byte* storage) { reorder(tensor, from, to, storage); });
}

void PackedWeights::offer(Form form) {
    const std::lock_guard lock(mutex_);
    Key key{form.original, form.name};
    offered_.insert_or_assign(std::move(key), std::move(form));
}

void PackedWeights::distrust(const std::byte* begin, Original original) {
    const std::lock_guard lock(mutex_);
    distrusted_.insert_or_assign(begin, original);
}

std::vector<PackedWeights::Form> PackedWeights::in_use() const {
    const std::lock_guard lock(mutex_);
    std::vector<Form> forms;
    for (const auto& [key, packed] : packed_) {
        auto storage = packed.storage.lock();
        if (storage && !key.second.ends_with(with_places)) {
            forms.push_back({key.first, key.second, std::move(storage), packed.bytes});
        }
    }
    return forms;
}

std::shared_ptr<const std::byte> PackedWeights::take_offered(const Key& key, std::size_t bytes) {
    std::shared_ptr<const std::byte> packed;
    std::uint64_t expected = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto found = offered_.find(key);
        if (found == offered_.end() || found->second.bytes != bytes || key.second.ends_with(with_places)) {
            return nullptr;
        }
        packed = found->second.packed;
        expected = found->second.checksum;
    }
    return checksum({packed.get(), bytes}) == expected ? packed : nullptr;
}

void PackedWeights::check_original(const std::byte* part) {
    const std::lock_guard lock(mutex_);
    auto found = distrusted_.upper_bound(part);
    if (found == distrusted_.begin()) {
        return;
    }
    const auto& [begin, original] = *--found;
    if (part < begin + original.bytes || part == begin) {
        if (checksum({begin, original.bytes}) != original.checksum) {
            fail(ErrorCode::invalid_model,
                 "the compiled file is damaged: weights have changed; compile the model again");
        }
        distrusted_.erase(found);
    }
}

std::shared_ptr<const std::byte> PackedWeights::keep(const Key& key, std::size_t bytes,
                                                     std::shared_ptr<const std::byte> packed,
                                                     std::shared_ptr<const std::byte> original) {
    // The original lives as long as its packed form: a key must not come to mean another tensor at the same address.
    struct Owners {
        std::shared_ptr<const std::byte> packed;
        std::shared_ptr<const std::byte> original;
    };
    const auto owners = std::make_shared<const Owners>(Owners{std::move(packed), std::move(original)});
    std::shared_ptr<const std::byte> made(owners, owners->packed.get());
    const std::lock_guard lock(mutex_);
    // What was packed for plans that are gone would stay as a key for ever.
    std::erase_if(packed_, [](const auto& entry) { return entry.second.storage.expired(); });
    Packed& place = packed_[key];
    if (auto found = place.storage.lock()) {
        return found;
    }
    place = {made, bytes};
    return made;
}

std::shared_ptr<const std::byte> PackedWeights::get(const Tensor& tensor, const std::string& form, std::size_t bytes,
                                                    const std::function<void(std::byte*)>& pack) {
    const Key key{tensor.data(), form};
    {
        const std::lock_guard lock(mutex_);
        if (const auto entry = packed_.find(key); entry != packed_.end()) {
            if (auto found = entry->second.storage.lock()) {
                return found;
            }
        }
    }
    if (auto offered = take_offered(key, bytes)) {
        return keep(key, bytes, std::move(offered), tensor.storage());
    }
    check_original(tensor.data());
    auto storage = allocate(bytes);
    pack(storage.get());
    return keep(key, bytes, std::move(storage), tensor.storage());
}

}  // namespace onecnn::core
