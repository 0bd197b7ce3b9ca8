/* SPDX-License-Identifier: Apache-2.0 */
/* classify MODEL IMAGE [INDEX]: names the digit in a PNG, or the one at INDEX in an IDX file of MNIST. */
#include <onecnn/onecnn.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, DIGITS = 10 };

static int complain(const char* subject, const char* what) {
    fprintf(stderr, "classify: %s: %s\n", subject, what);
    return 0;
}

static unsigned long big_endian(const unsigned char* bytes) {
    return (unsigned long)bytes[0] << 24 | (unsigned long)bytes[1] << 16 | (unsigned long)bytes[2] << 8 | bytes[3];
}

/* An IDX file of images: four big-endian numbers (kind, count, rows, columns), then the pixels. */
static int read_idx(const char* path, unsigned long index, unsigned char* pixels) {
    unsigned char header[16];
    const char* fault = NULL;
    FILE* file = fopen(path, "rb");
    if (file == NULL) {
        return complain(path, "the file cannot be opened");
    }
    if (fread(header, 1, sizeof header, file) != sizeof header || big_endian(header) != 0x803) {
        fault = "neither a PNG nor an IDX file of images";
    } else if (big_endian(header + 8) != SIDE || big_endian(header + 12) != SIDE) {
        fault = "the images are not 28 x 28 pixels";
    } else if (index >= big_endian(header + 4)) {
        fault = "it has no image of that index";
    } else if (fseek(file, (long)(sizeof header + index * PIXELS), SEEK_SET) != 0 ||
               fread(pixels, 1, PIXELS, file) != PIXELS) {
        fault = "the file ends before that image";
    }
    fclose(file);
    return fault == NULL || complain(path, fault);
}

static int read_png(const char* path, unsigned char* pixels) {
    int read = 0;
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&image, path)) {
        image.format = PNG_FORMAT_GRAY;
        if (image.width != SIDE || image.height != SIDE) {
            complain(path, "the picture is not 28 x 28 pixels");
        } else {
            const png_color black = {0, 0, 0};
            read = png_image_finish_read(&image, &black, pixels, 0, NULL) || complain(path, image.message);
        }
    } else {
        complain(path, image.message);
    }
    png_image_free(&image);
    return read;
}

static int is_png(const char* path) {
    unsigned char start[8];
    FILE* file = fopen(path, "rb");
    const int is = file != NULL && fread(start, 1, sizeof start, file) == sizeof start && png_sig_cmp(start, 0, 8) == 0;
    if (file != NULL) {
        fclose(file);
    }
    return is;
}

/* What the model makes of light ink on dark, 0..255: ten probabilities. */
static int classify(const char* model_path, const unsigned char* pixels, float* probabilities) {
    const int64_t dims[4] = {1, 1, SIDE, SIDE};
    float image[PIXELS];
    onecnn_model* model = NULL;
    onecnn_run* run = NULL;
    int done, i;
    for (i = 0; i < PIXELS; ++i) {
        image[i] = (float)pixels[i] / 255.0F;
    }
    done = onecnn_model_load_file(model_path, NULL, &model) == ONECNN_OK &&
           onecnn_run_create(model, &run) == ONECNN_OK &&
           onecnn_run_set_input_data(run, 0, ONECNN_DTYPE_FLOAT32, 4, dims, image, sizeof image) == ONECNN_OK &&
           onecnn_run_set_output_data(run, 0, probabilities, DIGITS * sizeof(float)) == ONECNN_OK &&
           onecnn_run_execute(run) == ONECNN_OK;
    if (!done) {
        complain(model_path, onecnn_last_error());
    }
    onecnn_run_release(run);
    onecnn_model_release(model);
    return done;
}

int main(int argc, char** argv) {
    unsigned char pixels[PIXELS];
    float probabilities[DIGITS];
    unsigned long index = 0;
    char* end = "";
    int digit, best = 0;
    if (argc == 4) {
        index = strtoul(argv[3], &end, 10);
    }
    if (argc < 3 || argc > 4 || *end != '\0') {
        fprintf(stderr, "usage: classify MODEL IMAGE [INDEX]\n");
        return 1;
    }
    if (!(is_png(argv[2]) ? read_png(argv[2], pixels) : read_idx(argv[2], index, pixels)) ||
        !classify(argv[1], pixels, probabilities)) {
        return 1;
    }
    for (digit = 1; digit < DIGITS; ++digit) {
        best = probabilities[digit] > probabilities[best] ? digit : best;
    }
    printf("digit %d\n", best);
    for (digit = 0; digit < DIGITS; ++digit) {
        printf("%d %.6f\n", digit, (double)probabilities[digit]);
    }
    return 0;
}
