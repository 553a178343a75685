// Numbers as 16-bit integers times a scale that a block of them shares, and where they lie in memory.
#pragma once

#include <stdint.h>

namespace cascade {

// Inputs that share a scale.
constexpr int32_t kBlock = 64;

// The largest integer. The sum of a block's products always fits 32 bits: 64 * 5792^2 < 2^31.
constexpr float kLargest = 5792;

// Outputs that are computed together.
constexpr int32_t kPanel = 96;

// Rows that are computed together.
constexpr int32_t kTile = 4;

// Rows that pass by a panel at once, so that sums and inputs stay in the cache; a multiple of kTile.
constexpr int32_t kChunk = 128;

constexpr int32_t blocks_of(int32_t inputs) { return (inputs + kBlock - 1) / kBlock; }
constexpr int32_t panels_of(int32_t outputs) { return (outputs + kPanel - 1) / kPanel; }

// The length of a row of floats in memory: whole blocks, filled up with zeros.
constexpr int32_t stride_of(int32_t length) { return blocks_of(length) * kBlock; }

// The weights of a product in the order in which they are read: panel, block of inputs, pair of inputs, output, the two of
// the pair. Each output has a scale in each block. What fills up the last panel and block is zero.
struct Matrix {
    int32_t outputs;
    int32_t inputs;
    int16_t* values;
    float* scales;
    float* bias;  // panels x kPanel
};

// Up to kChunk rows of a product's inputs, block after block, and the sums of a panel.
struct Workspace {
    int16_t* values;
    float* scales;
    float* sums;  // kChunk x kPanel
};

// A layer norm over `length` numbers. Weight and bias are filled up with zeros; `is_there` is 1 for a number and 0 for
// what fills up.
struct Norm {
    int32_t length;
    float epsilon;
    float* weight;
    float* bias;
    const float* is_there;
};

// What is done to a product's result before it is stored.
enum class After { kNothing, kGelu, kAdd };

// What is computed at each level. All rows of floats are stride_of(their length) long.
struct Kernels {
    // result = after(rows x weights + bias). `added` has rows like the result's, or is null where nothing is added.
    void (*multiply)(const Matrix& weights, const float* rows, int32_t count, After after, const float* added, float* result,
                     const Workspace& workspace);

    // Normalises rows in place.
    void (*normalize)(const Norm& norm, float* rows, int32_t count);

    // One head of one text. `projected` has rows of `stride` floats: query, key and value `apart` floats apart. Writes the
    // `size` numbers of the head into rows of `mixed_stride` floats. `scratch` has room for the
    // head's keys and values and a tile's scores, each padded to whole blocks.
    void (*attend)(const float* projected, int32_t tokens, int32_t stride, int32_t apart, int32_t size, float* mixed,
                   int32_t mixed_stride, float* scratch);

    // sum += share * row.
    void (*accumulate)(const float* row, int32_t length, float share, float* sum);
};

// Null where the processor or the build lacks it.
const Kernels* find_kernels(int32_t level);

extern const Kernels kScalarKernels;
#ifdef CASCADE_X86_64
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
extern const Kernels kVnniKernels;
#endif

}  // namespace cascade
