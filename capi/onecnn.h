/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file onecnn.h
 * The C ABI of onecnn: load an ONNX model, run it on CPU.
 *
 * Everything that is exported is declared here, and what is not declared here is not part of the library. The ABI only
 * ever grows: a function keeps its name, its meaning and its arguments for as long as the SONAME is `libonecnn.so.1`, and
 * every symbol stays in the version node `ONECNN_1`. There is no public struct and no enum: codes are `int32_t`, options
 * are string keys.
 *
 * Errors. A call that can fail returns an `onecnn_status`; `ONECNN_OK` (0) is success. On failure no output argument is
 * written and `onecnn_last_error()` has a sentence that names what was wrong. No C++ exception leaves the library.
 *
 * Ownership. `*_create`, `*_load_*`, `*_wrap` and `onecnn_run_output` give the caller one reference, which `*_release` takes
 * back; `*_release(NULL)` does nothing. Pointers documented as borrowed live as long as the handle that gave them.
 *
 * Threads. Models, types and options that nobody is changing may be used by any number of threads at once. A run belongs
 * to one thread at a time, except `onecnn_run_cancel`, which any thread may call. A value may be read by many threads;
 * writing to its data while a run uses it is a data race. Callbacks must not call back into the library.
 *
 * Strings are UTF-8, NUL-terminated, never NULL where the text does not say so. Sizes are in bytes, dimensions in elements.
 */
#ifndef ONECNN_H
#define ONECNN_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define ONECNN_API __declspec(dllimport)
#elif defined(__GNUC__)
#define ONECNN_API __attribute__((visibility("default")))
#else
#define ONECNN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What a call came to. */
typedef int32_t onecnn_status;

#define ONECNN_OK 0                         /**< It did what it says. */
#define ONECNN_ERROR_INVALID_MODEL 1        /**< The bytes are no ONNX model, or one that contradicts itself. */
#define ONECNN_ERROR_UNSUPPORTED_OPERATOR 2 /**< A node whose operator, opset or data type this library lacks. */
#define ONECNN_ERROR_INVALID_ARGUMENT 3     /**< A handle, name, index, shape, type or option that cannot be. */
#define ONECNN_ERROR_RESOURCE_LIMIT 4       /**< A limit set by the options would be passed. */
#define ONECNN_ERROR_OUT_OF_MEMORY 5        /**< The system gave no memory. */
#define ONECNN_ERROR_IO 6                   /**< A file could not be opened or read. */
#define ONECNN_ERROR_CANCELLED 7            /**< `onecnn_run_cancel` was called. */
#define ONECNN_ERROR_DEADLINE_EXCEEDED 8    /**< The run's deadline passed. */
#define ONECNN_ERROR_INTERNAL 9             /**< A defect of this library. Please report it. */

/**
 * Element types, with the numbers of ONNX's `TensorProto.DataType`. Elements of 2 and 4 bits are packed into bytes, the first
 * one in the lowest bits; a tensor of them must be row-major.
 */
typedef int32_t onecnn_dtype;

#define ONECNN_DTYPE_UNDEFINED 0
#define ONECNN_DTYPE_FLOAT32 1
#define ONECNN_DTYPE_UINT8 2
#define ONECNN_DTYPE_INT8 3
#define ONECNN_DTYPE_UINT16 4
#define ONECNN_DTYPE_INT16 5
#define ONECNN_DTYPE_INT32 6
#define ONECNN_DTYPE_INT64 7
#define ONECNN_DTYPE_STRING 8
#define ONECNN_DTYPE_BOOL 9
#define ONECNN_DTYPE_FLOAT16 10
#define ONECNN_DTYPE_FLOAT64 11
#define ONECNN_DTYPE_UINT32 12
#define ONECNN_DTYPE_UINT64 13
#define ONECNN_DTYPE_BFLOAT16 16
#define ONECNN_DTYPE_FLOAT8E4M3FN 17
#define ONECNN_DTYPE_FLOAT8E4M3FNUZ 18
#define ONECNN_DTYPE_FLOAT8E5M2 19
#define ONECNN_DTYPE_FLOAT8E5M2FNUZ 20
#define ONECNN_DTYPE_UINT4 21
#define ONECNN_DTYPE_INT4 22
#define ONECNN_DTYPE_FLOAT4E2M1 23
#define ONECNN_DTYPE_FLOAT8E8M0 24
#define ONECNN_DTYPE_UINT2 25
#define ONECNN_DTYPE_INT2 26

/** What a type or value is; further kinds may come. */
#define ONECNN_KIND_UNKNOWN 0
#define ONECNN_KIND_TENSOR 1
#define ONECNN_KIND_SEQUENCE 2
#define ONECNN_KIND_MAP 3
#define ONECNN_KIND_OPTIONAL 4

typedef struct onecnn_options onecnn_options; /**< Settings for loading. */
typedef struct onecnn_model onecnn_model;     /**< A loaded model: immutable, reference-counted. */
typedef struct onecnn_type onecnn_type;       /**< Kind, dtype and shape of an input or output; borrowed. */
typedef struct onecnn_value onecnn_value;     /**< A tensor, sequence, map or nothing; reference-counted. */
typedef struct onecnn_run onecnn_run;         /**< One caller's state for running a model again and again. */

/** Called once, when the library no longer needs memory that the caller lent it. */
typedef void (*onecnn_release_callback)(void* user);

/** Receives one line of log. `level`: 0 error, 1 warning, 2 information. `message` lives for the call only. */
typedef void (*onecnn_log_callback)(void* user, int32_t level, const char* message);

/* ---- the library ---------------------------------------------------------------------------------------------- */

/** The release, as "0.1.0". Static. */
ONECNN_API const char* onecnn_version(void);

/** The ABI's major number, the one in the SONAME. A caller compiled for another must not go on. */
ONECNN_API int32_t onecnn_abi_version(void);

/** What the kernels stand on and what the CPU offers, as "oneDNN 3.2.0, AVX2". Static. */
ONECNN_API const char* onecnn_build_info(void);

/** The status' name, as "INVALID_MODEL"; "UNKNOWN" for a number that is none. Static. */
ONECNN_API const char* onecnn_status_name(onecnn_status status);

/**
 * The dtype's name as NumPy or its extension ml_dtypes has it, "float32", "float8_e4m3fn"; "string"; "undefined" for a number
 * that is none. Static.
 */
ONECNN_API const char* onecnn_dtype_name(onecnn_dtype dtype);

/** What went wrong in this thread's last failed call; "" before any. Borrowed until this thread's next failing call. */
ONECNN_API const char* onecnn_last_error(void);

/* ---- options -------------------------------------------------------------------------------------------------- */

/** Creates options with every default. */
ONECNN_API onecnn_status onecnn_options_create(onecnn_options** out);
ONECNN_API void onecnn_options_release(onecnn_options* options);

/**
 * Sets an integer option. An unknown key and a value outside its range are INVALID_ARGUMENT.
 *
 * | key                 | default        | meaning                                                                      |
 * |---------------------|----------------|------------------------------------------------------------------------------|
 * | threads             | 0              | most threads of one run; 0: what affinity and the cgroup's quota allow        |
 * | deterministic       | 0              | 1: the same bits for any batch too, at a cost in speed (threads change none)  |
 * | optimize            | 1              | 0: run the graph as it is written (constants are folded all the same)         |
 * | tune                | 0              | 1: measure ways of computing nodes for each new set of shapes, keep the best  |
 * | max_model_bytes     | 2147483648     | largest file or buffer that is read, external data not counted                |
 * | max_external_bytes  | 17179869184    | most bytes of external data                                                   |
 * | max_nodes           | 100000         | most nodes                                                                    |
 * | max_tensor_bytes    | 17179869184    | largest single tensor, in the model or while running                          |
 * | max_run_bytes       | 34359738368    | most memory for the intermediate tensors of one run                           |
 * | max_plan_bytes      | 1073741824     | most memory kept in plans for input shapes seen before                        |
 */
ONECNN_API onecnn_status onecnn_options_set_int(onecnn_options* options, const char* key, int64_t value);

/**
 * Sets a string option. An unknown key or value is INVALID_ARGUMENT.
 *
 * | key           | default | meaning                                                                                |
 * |---------------|---------|----------------------------------------------------------------------------------------|
 * | precision     | "f32"   | the arithmetic of f32 models; "f32" is the one there is                                   |
 * | memory        | "normal" | "low" forgoes forms of weights that take more memory and are only faster                  |
 * | external_data | ""      | folder of the external data files; "": the model file's own, none for a model in memory   |
 * | compiled_from | ""      | the ONNX file that a compiled file must be of, as it is now; "": any                      |
 */
ONECNN_API onecnn_status onecnn_options_set_string(onecnn_options* options, const char* key, const char* value);

/** Sets where log lines go while a model loads; NULL: nowhere, the default. `user` must outlive the load. */
ONECNN_API onecnn_status onecnn_options_set_log(onecnn_options* options, onecnn_log_callback log, void* user);

/**
 * Decodes an image for the operator ImageDecoder: `pixel_format` is "RGB", "BGR" or "Grayscale". Sets `*out` to a new value, uint8
 * [height, width, channels], or leaves it where it cannot be decoded; anything but ONECNN_OK fails the run. From any thread;
 * it may make values and may not run models.
 */
typedef onecnn_status (*onecnn_decode_image_callback)(void* user, const void* data, size_t bytes,
                                                      const char* pixel_format, onecnn_value** out);

/** Sets what decodes images, NULL: nothing, the default: a model that asks for it is then refused when it runs. `user` must
 *  outlive the model and its runs. */
ONECNN_API onecnn_status onecnn_options_set_image_decoder(onecnn_options* options, onecnn_decode_image_callback decode,
                                                          void* user);

/* ---- models --------------------------------------------------------------------------------------------------- */

/**
 * Loads an ONNX file or a compiled one. `options` may be NULL. An ONNX file is read, not mapped, and closed before this
 * returns.
 *
 * A compiled file is mapped for as long as the model or a run of it lives: making it shorter meanwhile ends the
 * process, as with any mapped file; replacing it by another file, as onecnn_model_save_compiled does, is safe. One that
 * was made by another version of this library or of oneDNN, for another processor's instructions or with other values
 * of `deterministic`, `optimize` or `memory` is refused with a sentence that says so.
 */
ONECNN_API onecnn_status onecnn_model_load_file(const char* path, const onecnn_options* options, onecnn_model** out);

/**
 * Loads an ONNX model, or a compiled one, which is copied, from memory. With a `release` the bytes are lent: they must
 * stay as they are until it is called with `user`, on success and on failure, at the latest when the last reference to
 * the model and its runs goes; weights that are aligned are used where they lie. Without, they are read in place, what
 * the model keeps of them is copied, and they may go once this returns.
 */
ONECNN_API onecnn_status onecnn_model_load_memory(const void* data, size_t bytes, const onecnn_options* options,
                                                  onecnn_release_callback release, void* user, onecnn_model** out);

/**
 * Writes a compiled file, which onecnn_model_load_file loads in a fraction of the time: the graph as it runs, its
 * weights, and these again as the plans for the input shapes that were run or are fixed have packed them. Other shapes
 * run all the same, at the cost of packing. `source`, NULL or the ONNX file that the model was loaded from, is what the
 * option `compiled_from` is compared with; external data is no part of that. A file at `path` is replaced once the new
 * one is whole.
 */
ONECNN_API onecnn_status onecnn_model_save_compiled(onecnn_model* model, const char* path, const char* source);

ONECNN_API onecnn_model* onecnn_model_retain(onecnn_model* model); /**< Returns `model`. */
ONECNN_API void onecnn_model_release(onecnn_model* model);

ONECNN_API size_t onecnn_model_input_count(const onecnn_model* model);
ONECNN_API size_t onecnn_model_output_count(const onecnn_model* model);

/** The name at `index`, borrowed from the model; NULL past the end. */
ONECNN_API const char* onecnn_model_input_name(const onecnn_model* model, size_t index);
ONECNN_API const char* onecnn_model_output_name(const onecnn_model* model, size_t index);

/** The index of a name; INVALID_ARGUMENT, naming what there is, when there is none. */
ONECNN_API onecnn_status onecnn_model_input_index(const onecnn_model* model, const char* name, size_t* out);
ONECNN_API onecnn_status onecnn_model_output_index(const onecnn_model* model, const char* name, size_t* out);

/** The declared type at `index`, borrowed from the model; NULL past the end. */
ONECNN_API const onecnn_type* onecnn_model_input_type(const onecnn_model* model, size_t index);
ONECNN_API const onecnn_type* onecnn_model_output_type(const onecnn_model* model, size_t index);

/** The model's own key-value pairs (`metadata_props`), in the file's order; borrowed; NULL past the end. */
ONECNN_API size_t onecnn_model_metadata_count(const onecnn_model* model);
ONECNN_API const char* onecnn_model_metadata_key(const onecnn_model* model, size_t index);
ONECNN_API const char* onecnn_model_metadata_value(const onecnn_model* model, size_t index);

/**
 * A property by key, borrowed from the model: `producer_name`, `producer_version`, `domain`, `description`, `graph_name`,
 * `graph_description`, and `summary`, a table of the nodes that will run. NULL for a key that is none.
 */
ONECNN_API const char* onecnn_model_property(const onecnn_model* model, const char* key);

/**
 * A figure by key: `ir_version`, `opset` (of the default domain), `model_version`, `nodes` (that will run), `file_nodes`,
 * `parameters` (elements), `weight_bytes`, `plans`, `plan_bytes`, `plan_hits`, `plan_misses`, `plan_evictions`, `threads`.
 * INVALID_ARGUMENT for a key that is none. onecnn_model_stat_key lists them.
 */
ONECNN_API onecnn_status onecnn_model_stat(const onecnn_model* model, const char* key, int64_t* out);

/** The key of the figure at `index`, in a fixed order; static; NULL past the end. A later library may have more. */
ONECNN_API const char* onecnn_model_stat_key(const onecnn_model* model, size_t index);

/** Gives back the plans and buffers that no run is using. The next run of a shape makes its plan again. */
ONECNN_API onecnn_status onecnn_model_trim(onecnn_model* model);

/* ---- types ---------------------------------------------------------------------------------------------------- */

ONECNN_API int32_t onecnn_type_kind(const onecnn_type* type);
ONECNN_API onecnn_dtype onecnn_type_dtype(const onecnn_type* type); /**< Of a tensor's elements or a map's keys. */
ONECNN_API int64_t onecnn_type_rank(const onecnn_type* type);       /**< −1: unknown. */

/** The dimension at `axis`; −1: not fixed by the model, or no such axis. */
ONECNN_API int64_t onecnn_type_dim(const onecnn_type* type, int64_t axis);

/** The symbolic dimension's name, borrowed; NULL when it has none. */
ONECNN_API const char* onecnn_type_dim_name(const onecnn_type* type, int64_t axis);

/** The type inside a sequence or optional, or a map's values; borrowed; NULL for a tensor. */
ONECNN_API const onecnn_type* onecnn_type_element(const onecnn_type* type);

/* ---- values --------------------------------------------------------------------------------------------------- */

/** Creates a tensor of zeros, or of empty strings, row-major. `dims` may be NULL when `rank` is 0. */
ONECNN_API onecnn_status onecnn_value_create(onecnn_dtype dtype, int64_t rank, const int64_t* dims, onecnn_value** out);

/**
 * Makes a tensor of the caller's memory, aligned to one element. `data` is the first element and `bytes` what the memory has
 * from the lowest element to the highest. `strides` (in elements, may be negative or 0) may be NULL: row-major. A tensor
 * that is not row-major is copied here. `release`, if not NULL, is called with `user` once the memory is no longer needed, on
 * failure too.
 */
ONECNN_API onecnn_status onecnn_value_wrap(onecnn_dtype dtype, int64_t rank, const int64_t* dims, void* data,
                                           size_t bytes, const int64_t* strides, onecnn_release_callback release,
                                           void* user, onecnn_value** out);

ONECNN_API onecnn_value* onecnn_value_retain(onecnn_value* value); /**< Returns `value`. */
ONECNN_API void onecnn_value_release(onecnn_value* value);

ONECNN_API int32_t onecnn_value_kind(const onecnn_value* value);
ONECNN_API onecnn_dtype onecnn_value_dtype(const onecnn_value* value);
ONECNN_API int64_t onecnn_value_rank(const onecnn_value* value);
ONECNN_API const int64_t* onecnn_value_dims(const onecnn_value* value); /**< `rank` numbers, borrowed. */

/** A tensor's row-major elements, borrowed, and their bytes; NULL and 0 for strings, sequences, maps and nothing. */
ONECNN_API void* onecnn_value_data(const onecnn_value* value);
ONECNN_API size_t onecnn_value_bytes(const onecnn_value* value);

/** The element at `index`, row-major, of a tensor of strings: UTF-8 by ONNX, and followed by a NUL. Borrowed. */
ONECNN_API onecnn_status onecnn_value_string_get(const onecnn_value* value, size_t index, const char** text,
                                                 size_t* bytes);
/** Sets the element at `index` to a copy of `bytes` bytes of `text`. Not while a run uses the value. */
ONECNN_API onecnn_status onecnn_value_string_set(onecnn_value* value, size_t index, const char* text, size_t bytes);

/** Creates a sequence of these values, which it shares. `items` may be NULL when `count` is 0. */
ONECNN_API onecnn_status onecnn_value_create_sequence(onecnn_value* const* items, size_t count, onecnn_value** out);

/** Creates a map of two tensors of rank 1 and one size, which it shares; the keys are int64 or strings. */
ONECNN_API onecnn_status onecnn_value_create_map(onecnn_value* keys, onecnn_value* values, onecnn_value** out);

/** Creates an optional value that holds nothing: its kind is ONECNN_KIND_OPTIONAL. One that holds something is that itself. */
ONECNN_API onecnn_status onecnn_value_create_nothing(onecnn_value** out);

/** How many items a sequence has; 0 for all others. */
ONECNN_API size_t onecnn_value_count(const onecnn_value* value);

/** One reference to a sequence's item, to a map's keys, and to its values in their order. */
ONECNN_API onecnn_status onecnn_value_at(const onecnn_value* value, size_t index, onecnn_value** out);
ONECNN_API onecnn_status onecnn_value_map_keys(const onecnn_value* value, onecnn_value** out);
ONECNN_API onecnn_status onecnn_value_map_values(const onecnn_value* value, onecnn_value** out);

/* ---- runs ----------------------------------------------------------------------------------------------------- */

/** Creates a run, which retains `model`. */
ONECNN_API onecnn_status onecnn_run_create(onecnn_model* model, onecnn_run** out);
ONECNN_API void onecnn_run_release(onecnn_run* run);

/** Binds an input to a value of any kind, retaining it until another takes its place. Checked against the model's type here. */
ONECNN_API onecnn_status onecnn_run_bind_input(onecnn_run* run, size_t index, onecnn_value* value);

/**
 * Binds an output to a tensor of numbers: results go into `value`, whose dtype and dimensions must be what the run gives; executing checks it before
 * it writes anything. NULL unbinds. Either way the run lets go of the result it had.
 */
ONECNN_API onecnn_status onecnn_run_bind_output(onecnn_run* run, size_t index, onecnn_value* value);

/**
 * Binds an input to memory that stays the caller's and must stay valid and unchanged while executing; row-major. Makes no
 * handle: this is the call for a loop.
 */
ONECNN_API onecnn_status onecnn_run_set_input_data(onecnn_run* run, size_t index, onecnn_dtype dtype, int64_t rank,
                                                   const int64_t* dims, const void* data, size_t bytes);

/** Binds an output to memory that stays the caller's; `bytes` must be exactly what the output takes. NULL unbinds. */
ONECNN_API onecnn_status onecnn_run_set_output_data(onecnn_run* run, size_t index, void* data, size_t bytes);

/** Runs the model on what is bound. On failure the contents of bound outputs are unspecified only if a step had begun. */
ONECNN_API onecnn_status onecnn_run_execute(onecnn_run* run);

/**
 * The output of the last successful `onecnn_run_execute`: one reference, which stays valid and unchanged whatever becomes of
 * the run, unless the output is bound; then it is the bound value, or a value over the bound memory. INVALID_ARGUMENT before
 * any execution, after one that failed, and when the output was bound or unbound since.
 */
ONECNN_API onecnn_status onecnn_run_output(onecnn_run* run, size_t index, onecnn_value** out);

/**
 * Runs on what is bound once, then `runs` (1 to 1,000,000) times more, timing every step, and gives what they took as a JSON object,
 * borrowed until the run's next profile or release. A run that is not profiled pays nothing for this. A later library may have
 * more keys.
 *
 * | key                        | meaning                                                                                   |
 * |----------------------------|-------------------------------------------------------------------------------------------|
 * | runs, threads              | how many runs were timed, and the most threads of one                                     |
 * | lane_peak_gflops           | float32 FMA from registers on one core, measured just before, 10⁹ operations a second      |
 * | lane_vectors               | the instruction set that was measured with, as "avx2"                                     |
 * | min_, median_, mean_seconds | of a run                                                                                 |
 * | mean_seconds_outside_steps | of a run, what no step took                                                               |
 * | arena_bytes                | memory for intermediate tensors                                                           |
 * | reorders, reorder_bytes    | steps that only change a layout, and the bytes that they read and write                   |
 * | steps                      | objects in the order in which they ran first                                              |
 *
 * A step has `node` and `op_type` (ONNX's, or Reorder, Copy), `implementation`, `calls` in all runs, `lanes` it may take,
 * `min_seconds`, `median_seconds`, `total_seconds`; `gflops` at its shortest and `peak_share`, its part of what its lanes' FMA units
 * give, null where it does no such arithmetic; `bytes` it reads and writes; `reads` and `writes`, each with `dtype`, `shape`, `layout`
 * ("row_major", "channels_last" or "constant") and `bytes`.
 */
ONECNN_API onecnn_status onecnn_run_profile(onecnn_run* run, int64_t runs, const char** out);

/** Asks the execution under way, or the next one if none is, to stop before its next step. From any thread. */
ONECNN_API void onecnn_run_cancel(onecnn_run* run);

/** Each execution from now on stops before its next step once it has taken `nanoseconds`; 0: no deadline, the default. */
ONECNN_API onecnn_status onecnn_run_set_deadline(onecnn_run* run, int64_t nanoseconds);

/**
 * Runs once: `inputs` in the model's order, `outputs` receives `output_count` references. For a single call; a loop is
 * cheaper with a run of its own.
 */
ONECNN_API onecnn_status onecnn_model_run(onecnn_model* model, onecnn_value* const* inputs, size_t input_count,
                                          onecnn_value** outputs, size_t output_count);

#ifdef __cplusplus
}
#endif

#endif
