#include <cstdio>
#include <onecnn/onecnn.hpp>

int main(int argc, char** argv) {
    const onecnn::Model model(argc > 1 ? argv[1] : "digits.onnx");
    std::vector<float> image(784);  // 0..1, light ink on dark
    for (std::size_t y = 4; y < 24; ++y)
        image[28 * y + 13] = image[28 * y + 14] = 1;  // a stroke from top to bottom
    const auto outputs = model.run({onecnn::Tensor(image, {1, 1, 28, 28})});
    std::printf("probability of a 1: %.3f\n", outputs[0].data<float>()[1]);
}
