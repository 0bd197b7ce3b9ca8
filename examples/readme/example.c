#include <onecnn/onecnn.h>
#include <stdio.h>

int main(int argc, char** argv) {
    const int64_t dims[] = {1, 1, 28, 28};
    float image[784] = {0}, probabilities[10]; /* 0..1, light ink on dark */
    onecnn_model* model = NULL;
    onecnn_run* run = NULL;
    for (int y = 4; y < 24; ++y)
        image[28 * y + 13] = image[28 * y + 14] = 1; /* a stroke from top to bottom */
    if (onecnn_model_load_file(argc > 1 ? argv[1] : "digits.onnx", NULL, &model) || onecnn_run_create(model, &run) ||
        onecnn_run_set_input_data(run, 0, ONECNN_DTYPE_FLOAT32, 4, dims, image, sizeof image) ||
        onecnn_run_set_output_data(run, 0, probabilities, sizeof probabilities) || onecnn_run_execute(run))
        return fprintf(stderr, "%s\n", onecnn_last_error()), 1;
    printf("probability of a 1: %.3f\n", probabilities[1]);
    onecnn_run_release(run);
    onecnn_model_release(model);
    return 0;
}
