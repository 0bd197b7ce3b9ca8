// SPDX-License-Identifier: Apache-2.0
#include "compiled/reader.h"

#include <algorithm>
#include <array>

#include "kernels/post_ops.h"
#include "runtime/error.h"

namespace onecnn::core::compiled {

namespace {

/// What a fused node and one with subgraphs must have, as rewrites and the ONNX reader make them.
void check(const Node& node) {
    if (node.captures > node.inputs.size()) {
        damaged("a node captures more than it reads");
    }
    if (node.activation) {
        static_cast<void>(as_eltwise(*node.activation));  // kernels take it for one of those there are
    }
    for (const auto& [name, attribute] : node.attributes) {
        const auto* held = std::get_if<std::shared_ptr<Subgraph>>(&attribute);
        if (held == nullptr) {
            continue;
        }
        const Subgraph& subgraph = **held;
        const std::size_t inputs = subgraph.graph.inputs.size();
        if (subgraph.formal_inputs > inputs || subgraph.captures.size() != inputs - subgraph.formal_inputs) {
            damaged("a subgraph's inputs are not those that it is given");
        }
        for (const std::size_t capture : subgraph.captures) {
            if (capture >= node.inputs.size() || node.inputs[capture] == ValueId::none) {
                damaged("a subgraph reads what its node does not");
            }
        }
    }
}

/// Whether elements of this type say where other elements lie.
bool may_be_indices(DType dtype) { return dtype == DType::int64 || dtype == DType::int32; }

}  // namespace

void damaged(std::string_view what) {
    fail(ErrorCode::invalid_model, "the compiled file is damaged: ", what, "; compile the model again");
}

/// Graphs and types inside each other, as many as the ONNX reader takes: each takes some of the stack.
class Reader::Nesting {
public:
    explicit Nesting(Reader& reader) : reader_(reader) {
        constexpr int most = 32;
        if (reader.depth_ == most) {
            damaged("too many graphs or types lie inside each other");
        }
        ++reader.depth_;
    }
    ~Nesting() { --reader_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

private:
    Reader& reader_;
};

std::span<const std::byte> Reader::take(std::size_t bytes) {
    if (bytes > bytes_.size()) {
        damaged("its description ends early");
    }
    const auto taken = bytes_.first(bytes);
    bytes_ = bytes_.subspan(bytes);
    return taken;
}

std::uint64_t Reader::count() {
    std::uint64_t count = 0;
    get(count);
    if (count > bytes_.size()) {
        damaged("its description ends early");
    }
    return count;
}

bool Reader::flag() {
    std::uint8_t flag = 0;
    get(flag);
    return flag != 0;
}

void Reader::finish() const {
    if (!bytes_.empty()) {
        damaged("its description goes on behind its end");
    }
}

void Reader::get(DType& dtype) {
    std::int32_t number = 0;
    get(number);
    dtype = static_cast<DType>(number);
    if (bits(dtype) == 0 && dtype != DType::string && dtype != DType::undefined) {
        damaged("it has an unknown type of elements");
    }
}

void Reader::get(ValueType::Kind& kind) {
    std::underlying_type_t<ValueType::Kind> number = 0;
    get(number);
    kind = static_cast<ValueType::Kind>(number);
    if (kind < ValueType::Kind::tensor || kind > ValueType::Kind::optional) {
        damaged("it has an unknown kind of values");
    }
}

void Reader::get(std::string& text) {
    const auto taken = take(count());
    text.assign(reinterpret_cast<const char*>(taken.data()), taken.size());
}

void Reader::get(std::map<std::string, Attribute, std::less<>>& attributes) {
    static constexpr auto alternatives = []<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<Attribute (*)(), sizeof...(I)>{[] { return Attribute(std::in_place_index<I>); }...};
    }(std::make_index_sequence<std::variant_size_v<Attribute>>{});
    for (std::uint64_t left = count(); left > 0; --left) {
        std::string name;
        std::uint8_t alternative = 0;
        (*this)(name, alternative);
        if (alternative >= alternatives.size()) {
            damaged("it has an unknown kind of attribute");
        }
        Attribute attribute = alternatives[alternative]();
        std::visit([this](auto& held) { get(held); }, attribute);
        attributes.insert_or_assign(std::move(name), std::move(attribute));
    }
}

void Reader::get(std::shared_ptr<const ValueType>& element) {
    const Nesting nesting(*this);
    if (flag()) {
        ValueType type;
        get(type);
        element = std::make_shared<const ValueType>(std::move(type));
    }
}

void Reader::get(std::shared_ptr<Subgraph>& subgraph) {
    const Nesting nesting(*this);
    subgraph = std::make_shared<Subgraph>();
    (*this)(subgraph->graph, subgraph->formal_inputs, subgraph->captures);
}

void Reader::get(Graph& graph) {
    (*this)(graph.name, graph.description);
    for (std::uint64_t left = count(); left > 0; --left) {
        Value value;
        get(value);
        static_cast<void>(graph.add_value(std::move(value)));
    }
    (*this)(graph.nodes, graph.inputs, graph.outputs);
}

void Reader::get(Node& node) {
    if (nodes_left_-- <= 0) {
        fail(ErrorCode::resource_limit, "the compiled file has more nodes than the limit for nodes");
    }
    fields(*this, node);
    check(node);
}

void Reader::get(Tensor& tensor) {
    DType dtype{};
    Shape shape;
    (*this)(dtype, shape);
    if (shape.size() > max_rank || std::ranges::any_of(shape, [](std::int64_t dim) { return dim < 0; })) {
        damaged("a tensor cannot have its shape");
    }
    if (dtype == DType::string) {
        if (element_count(shape) > static_cast<std::int64_t>(bytes_.size())) {
            damaged("its description ends early");
        }
        tensor = Tensor(dtype, std::move(shape));
        for (std::string& text : tensor.as<std::string>()) {
            get(text);
        }
        return;
    }
    std::uint64_t index = 0;
    get(index);
    if (dtype == DType::undefined || index >= blobs_.size() || blobs_[index].bytes != byte_count(dtype, shape)) {
        damaged("a tensor's elements are not where it says");
    }
    const Stored& stored = blobs_[index];
    if (stored.may_change && may_be_indices(dtype)) {
        tensor = Tensor(dtype, std::move(shape));
        std::memcpy(tensor.data(), stored.storage.get(), stored.bytes);
        return;
    }
    tensor = Tensor(dtype, std::move(shape), stored.storage);
}

}  // namespace onecnn::core::compiled
