// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// ONNX messages written field by field, right or wrong.
namespace onecnn::testing {

using Ints = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

inline constexpr std::int32_t float32 = 1;
inline constexpr std::int32_t int64 = 7;

/// Any message: fields are added in the order of the calls.
class Bytes {
public:
    Bytes& integer(std::uint32_t field, std::int64_t value) {
        writer().add_int64(field, value);
        return *this;
    }
    Bytes& real(std::uint32_t field, float value) {
        writer().add_float(field, value);
        return *this;
    }
    Bytes& bytes(std::uint32_t field, std::string_view value) {
        writer().add_bytes(field, value.data(), value.size());
        return *this;
    }
    Bytes& integers(std::uint32_t field, const Ints& values) {
        for (const auto value : values) {
            integer(field, value);
        }
        return *this;
    }
    Bytes& packed(std::uint32_t field, const Ints& values) {
        writer().add_packed_int64(field, values.begin(), values.end());
        return *this;
    }
    Bytes& packed_floats(std::uint32_t field, const std::vector<float>& values) {
        writer().add_packed_float(field, values.begin(), values.end());
        return *this;
    }
    Bytes& packed_doubles(std::uint32_t field, const std::vector<double>& values) {
        writer().add_packed_double(field, values.begin(), values.end());
        return *this;
    }
    Bytes& texts(std::uint32_t field, const Names& values) {
        for (const auto& value : values) {
            bytes(field, value);
        }
        return *this;
    }

    operator std::string_view() const { return buffer_; }  // NOLINT(google-explicit-constructor)
    [[nodiscard]] const std::string& str() const { return buffer_; }

private:
    protozero::pbf_writer writer() { return protozero::pbf_writer(buffer_); }

    std::string buffer_;
};

template <typename T>
std::string raw(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// A TensorProto without elements.
inline Bytes tensor(std::string_view name, std::int32_t data_type, const Ints& dims) {
    return Bytes().integers(1, dims).integer(2, data_type).bytes(8, name);
}

inline Bytes float_tensor(std::string_view name, const Ints& dims, const std::vector<float>& values) {
    return tensor(name, float32, dims).bytes(9, raw(values));
}

inline Bytes entry(std::string_view key, std::string_view value) { return Bytes().bytes(1, key).bytes(2, value); }

/// A tensor of one float kept outside the model.
inline Bytes external_tensor(std::string_view location, std::string_view offset = "0", std::string_view length = "4") {
    return tensor("w", float32, {1})
        .integer(14, 1)
        .bytes(13, entry("location", location))
        .bytes(13, entry("offset", offset))
        .bytes(13, entry("length", length));
}

inline Bytes attribute(std::string_view name, std::int64_t value) {
    return Bytes().bytes(1, name).integer(3, value).integer(20, 2);
}
inline Bytes attribute(std::string_view name, float value) {
    return Bytes().bytes(1, name).real(2, value).integer(20, 1);
}
inline Bytes attribute(std::string_view name, const std::string& value) {
    return Bytes().bytes(1, name).bytes(4, value).integer(20, 3);
}
inline Bytes attribute(std::string_view name, const Ints& values) {
    return Bytes().bytes(1, name).integers(8, values).integer(20, 7);
}
inline Bytes attribute(std::string_view name, const std::vector<float>& values) {
    return Bytes().bytes(1, name).packed_floats(7, values).integer(20, 6);
}
inline Bytes attribute(std::string_view name, const Bytes& tensor) {
    return Bytes().bytes(1, name).bytes(5, tensor).integer(20, 4);
}

/// A NodeProto with the name "n".
inline Bytes node(std::string_view op_type, const Names& inputs, const Names& outputs,
                  const std::vector<Bytes>& attributes = {}) {
    Bytes bytes = Bytes().texts(1, inputs).texts(2, outputs).bytes(3, "n").bytes(4, op_type);
    for (const auto& attribute : attributes) {
        bytes.bytes(5, attribute);
    }
    return bytes;
}

using Dims = std::vector<std::variant<std::int64_t, std::string>>;

inline Bytes value_info(std::string_view name, std::int32_t data_type, const Dims& dims) {
    Bytes shape;
    for (const auto& dim : dims) {
        const auto* number = std::get_if<std::int64_t>(&dim);
        shape.bytes(1, number != nullptr ? Bytes().integer(1, *number) : Bytes().bytes(2, std::get<std::string>(dim)));
    }
    const Bytes type = Bytes().bytes(1, Bytes().integer(1, data_type).bytes(2, shape));
    return Bytes().bytes(1, name).bytes(2, type);
}

/// A model: x float32[N, 4] → y, unless said otherwise.
struct ModelBytes {
    std::int64_t ir_version = 8;
    std::int64_t opset = 18;
    std::vector<Bytes> nodes{node("Relu", {"x"}, {"y"})};
    std::vector<Bytes> initializers;
    std::vector<Bytes> inputs{value_info("x", float32, {"N", 4})};
    std::vector<Bytes> outputs{value_info("y", float32, {"N", 4})};
    Bytes more_graph;  ///< further fields of the graph
    Bytes more;        ///< further fields of the model

    [[nodiscard]] std::string str() const {
        std::string graph = Bytes().bytes(2, "g").str();
        const auto append = [&graph](std::uint32_t field, const std::vector<Bytes>& messages) {
            for (const auto& message : messages) {
                graph += Bytes().bytes(field, message).str();
            }
        };
        append(1, nodes);
        append(5, initializers);
        append(11, inputs);
        append(12, outputs);
        graph += more_graph.str();
        return Bytes().integer(1, ir_version).bytes(7, graph).bytes(8, Bytes().bytes(1, "").integer(2, opset)).str() +
               more.str();
    }
};

}  // namespace onecnn::testing
