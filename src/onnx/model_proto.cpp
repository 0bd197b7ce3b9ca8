// SPDX-License-Identifier: Apache-2.0
#include "onnx/model_proto.h"

#include <optional>
#include <string>
#include <utility>

#include "onnx/adapters.h"
#include "onnx/graph_proto.h"
#include "onnx/opset.h"
#include "onnx/signature.h"
#include "onnx/wire.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

/// ModelProto's fields, the graph left unread.
struct Fields {
    ModelInfo info;
    std::optional<Message> graph;
    Opsets opsets;
    Functions functions;
};

std::pair<std::string, std::string> read_entry(Message proto) {
    std::pair<std::string, std::string> entry;
    while (proto.next()) {
        if (proto.field() == 1) {
            entry.first = proto.text();
        } else if (proto.field() == 2) {
            entry.second = proto.text();
        }
    }
    return entry;
}

void read_field(Message& model, Fields& fields) {
    ModelInfo& info = fields.info;
    switch (model.field()) {
        case 1: info.ir_version = model.integer(); break;
        case 2: info.producer_name = model.text(); break;
        case 3: info.producer_version = model.text(); break;
        case 4: info.domain = model.text(); break;
        case 5: info.model_version = model.integer(); break;
        case 6: info.description = model.text(); break;
        case 7:
            if (fields.graph) {
                fail(ErrorCode::invalid_model, "the model has two graphs");
            }
            fields.graph = model.message("GraphProto");
            break;
        case 8: add_opset(model.message("OperatorSetIdProto"), fields.opsets); break;
        case 14: info.metadata.push_back(read_entry(model.message("StringStringEntryProto"))); break;
        case 25: add_function(model.message("FunctionProto"), fields.functions); break;
        default: break;
    }
}

Fields scan(std::string_view bytes) {
    Fields fields;
    try {
        for (Message model(bytes, "ModelProto"); model.next();) {
            read_field(model, fields);
        }
    } catch (const WireError& error) {
        if (fields.info.ir_version <= 0) {
            fail(ErrorCode::invalid_model, "not an ONNX model: ", describe_foreign(bytes));
        }
        if (error.truncated()) {
            fail(ErrorCode::invalid_model, "truncated: its ", bytes.size(), " bytes end inside the model");
        }
        throw;
    }
    if (fields.info.ir_version <= 0) {
        fail(ErrorCode::invalid_model, "not an ONNX model: ", describe_foreign(bytes));
    }
    if (!fields.graph) {
        fail(ErrorCode::invalid_model, "not an ONNX model, or truncated: it has no graph");
    }
    return fields;
}

void require_versions(Fields& fields, const Options& options) {
    const std::int64_t ir_version = fields.info.ir_version;
    if (ir_version < oldest_ir_version) {
        fail(ErrorCode::invalid_model, "the model is of IR version ", ir_version,
             ", which names no operator set; IR versions from ", oldest_ir_version, " on are read");
    }
    if (fields.opsets.empty()) {
        fail(ErrorCode::invalid_model, "the model imports no operator set; it may be truncated");
    }
    // A newer file format adds fields and types, and a type that is not known is refused where it stands.
    if (ir_version > newest_ir_version && options.log) {
        options.log(LogLevel::warning,
                    concat("the model is of IR version ", ir_version, ", newer than any known, ", newest_ir_version));
    }
    const auto opset = fields.opsets.find("");
    if (opset == fields.opsets.end()) {
        return;
    }
    fields.info.opset = opset->second;
    if (opset->second < oldest_opset || opset->second > newest_opset) {
        fail(ErrorCode::unsupported_operator, "the model imports opset ", opset->second, " of ai.onnx; opsets ",
             oldest_opset, " to ", newest_opset, " are supported");
    }
}

}  // namespace

ParsedModel read_model(std::string_view bytes, TensorReader& tensors, const Options& options) {
    Fields fields = scan(bytes);
    require_versions(fields, options);
    ReadGraph read = read_graph(*fields.graph,
                                {std::move(fields.opsets), std::move(fields.functions), tensors, options.limits.nodes});
    adapt_to_newest_opset(read.graph);
    fields.info.file_nodes = read.file_nodes;
    fields.info.parameters = read.parameters;
    return {std::move(fields.info), std::move(read.graph)};
}

}  // namespace onecnn::core::onnx
