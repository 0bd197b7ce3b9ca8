// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiled/load.h"
#include "compiled/save.h"
#include "guard.h"
#include "handles.h"
#include "onnx/reader.h"

using namespace onecnn;
using capi::guard;
using capi::require;

namespace {

std::vector<onecnn_type> types_of(const core::Graph& graph, const std::vector<core::ValueId>& values) {
    std::vector<onecnn_type> types;
    types.reserve(values.size());
    for (const core::ValueId id : values) {
        types.emplace_back(graph.value(id).type);
    }
    return types;
}

core::Options options_of(const onecnn_options* options) {
    return options == nullptr ? core::Options{} : options->options;
}

std::filesystem::path source_of(const onecnn_options* options) {
    return options == nullptr ? std::string() : options->compiled_from;
}

onecnn_model* handle_of(std::shared_ptr<const core::Model> model) {
    return std::make_unique<onecnn_model>(std::move(model)).release();
}

/// Bytes that are the caller's until their last owner calls `release`, if there is one. It is called even when this throws.
std::shared_ptr<const std::byte> lent(const void* data, onecnn_release_callback release, void* user) {
    return {static_cast<const std::byte*>(data), [release, user](const std::byte*) {
                if (release != nullptr) {
                    release(user);
                }
            }};
}

const char* name_at(const onecnn_model* model, const std::vector<core::ValueId> core::Graph::* list,
                    std::size_t index) {
    if (model == nullptr) {
        return nullptr;
    }
    const core::Graph& graph = model->model->graph();
    const auto& values = graph.*list;
    return index < values.size() ? graph.value(values[index]).name.c_str() : nullptr;
}

onecnn_status index_of(const onecnn_model* model, const std::vector<core::ValueId> core::Graph::* list,
                       const char* kind, const char* name, std::size_t* out) {
    return guard([&] {
        require(model, "model");
        require(name, "name");
        require(out, "out");
        const core::Graph& graph = model->model->graph();
        const auto& values = graph.*list;
        std::string names;
        for (std::size_t index = 0; index < values.size(); ++index) {
            const std::string& candidate = graph.value(values[index]).name;
            if (candidate == name) {
                *out = index;
                return;
            }
            names.append(index == 0 ? "'" : ", '").append(candidate).append("'");
        }
        core::fail(core::ErrorCode::invalid_argument, "the model has no ", kind, " '", name, "'; there are: ", names);
    });
}

const onecnn_type* type_at(const std::vector<onecnn_type>& types, std::size_t index) {
    return index < types.size() ? &types[index] : nullptr;
}

const std::pair<std::string, std::string>* metadata_at(const onecnn_model* model, std::size_t index) {
    if (model == nullptr) {
        return nullptr;
    }
    const auto& metadata = model->model->info().metadata;
    return index < metadata.size() ? &metadata[index] : nullptr;
}

}  // namespace

onecnn_model::onecnn_model(std::shared_ptr<const core::Model> loaded)
    : model(std::move(loaded)),
      input_types(types_of(model->graph(), model->graph().inputs)),
      output_types(types_of(model->graph(), model->graph().outputs)) {}

onecnn_status onecnn_model_load_file(const char* path, const onecnn_options* options, onecnn_model** out) {
    return guard([&] {
        require(path, "path");
        require(out, "out");
        auto settings = options_of(options);
        if (core::compiled::is_compiled(std::filesystem::path(path))) {
            *out = handle_of(core::compiled::load_file(path, std::move(settings), source_of(options)));
            return;
        }
        auto parsed = core::onnx::read_file(path, settings);
        *out = handle_of(core::Model::create(std::move(parsed), std::move(settings)));
    });
}

onecnn_status onecnn_model_load_memory(const void* data, size_t bytes, const onecnn_options* options,
                                       onecnn_release_callback release, void* user, onecnn_model** out) {
    return guard([&] {
        auto storage = lent(data, release, user);
        require(data, "data");
        require(out, "out");
        auto settings = options_of(options);
        const std::span<const std::byte> all(storage.get(), bytes);
        if (core::compiled::is_compiled(all)) {
            *out = handle_of(core::compiled::load_memory(all, std::move(settings), source_of(options)));
            return;
        }
        auto parsed = release == nullptr ? core::onnx::read_memory(all, settings)
                                         : core::onnx::read_lent(std::move(storage), bytes, settings);
        *out = handle_of(core::Model::create(std::move(parsed), std::move(settings)));
    });
}

onecnn_status onecnn_model_save_compiled(onecnn_model* model, const char* path, const char* source) {
    return guard([&] {
        require(model, "model");
        require(path, "path");
        core::compiled::save(*model->model, path,
                             source == nullptr ? std::nullopt : std::optional<std::filesystem::path>(source));
    });
}

onecnn_model* onecnn_model_retain(onecnn_model* model) { return capi::retain(model); }

void onecnn_model_release(onecnn_model* model) { capi::release(model); }

size_t onecnn_model_input_count(const onecnn_model* model) { return model == nullptr ? 0 : model->input_types.size(); }

size_t onecnn_model_output_count(const onecnn_model* model) {
    return model == nullptr ? 0 : model->output_types.size();
}

const char* onecnn_model_input_name(const onecnn_model* model, size_t index) {
    return name_at(model, &core::Graph::inputs, index);
}

const char* onecnn_model_output_name(const onecnn_model* model, size_t index) {
    return name_at(model, &core::Graph::outputs, index);
}

onecnn_status onecnn_model_input_index(const onecnn_model* model, const char* name, size_t* out) {
    return index_of(model, &core::Graph::inputs, "input", name, out);
}

onecnn_status onecnn_model_output_index(const onecnn_model* model, const char* name, size_t* out) {
    return index_of(model, &core::Graph::outputs, "output", name, out);
}

const onecnn_type* onecnn_model_input_type(const onecnn_model* model, size_t index) {
    return model == nullptr ? nullptr : type_at(model->input_types, index);
}

const onecnn_type* onecnn_model_output_type(const onecnn_model* model, size_t index) {
    return model == nullptr ? nullptr : type_at(model->output_types, index);
}

size_t onecnn_model_metadata_count(const onecnn_model* model) {
    return model == nullptr ? 0 : model->model->info().metadata.size();
}

const char* onecnn_model_metadata_key(const onecnn_model* model, size_t index) {
    const auto* entry = metadata_at(model, index);
    return entry == nullptr ? nullptr : entry->first.c_str();
}

const char* onecnn_model_metadata_value(const onecnn_model* model, size_t index) {
    const auto* entry = metadata_at(model, index);
    return entry == nullptr ? nullptr : entry->second.c_str();
}

const char* onecnn_model_property(const onecnn_model* model, const char* key) {
    if (model == nullptr || key == nullptr) {
        return nullptr;
    }
    const core::ModelInfo& info = model->model->info();
    const core::Graph& graph = model->model->graph();
    const std::pair<std::string_view, const std::string&> properties[] = {
        {"producer_name", info.producer_name},
        {"producer_version", info.producer_version},
        {"domain", info.domain},
        {"description", info.description},
        {"graph_name", graph.name},
        {"graph_description", graph.description},
        {"summary", model->model->summary()},
    };
    for (const auto& [name, text] : properties) {
        if (name == key) {
            return text.c_str();
        }
    }
    return nullptr;
}

onecnn_status onecnn_model_stat(const onecnn_model* model, const char* key, int64_t* out) {
    return guard([&] {
        require(model, "model");
        require(key, "key");
        require(out, "out");
        *out = model->model->stat(key);
    });
}

const char* onecnn_model_stat_key(const onecnn_model* model, size_t index) {
    return model == nullptr ? nullptr : core::Model::stat_key(index);
}

onecnn_status onecnn_model_trim(onecnn_model* model) {
    return guard([&] {
        require(model, "model");
        model->model->trim();
    });
}
