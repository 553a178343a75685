#include "matrix.h"

#include <math.h>

namespace cascade {
namespace {

void set_block(Matrix& matrix, const float* weights, int32_t count, int32_t output, int32_t block) {
    const int64_t group = static_cast<int64_t>(output / kPanel) * blocks_of(matrix.inputs) + block;
    const int32_t column = output % kPanel;
    float largest = 0;
    for (int32_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(weights[i]));
    matrix.scales[group * kPanel + column] = largest / kLargest;
    const float factor = largest == 0 ? 0 : kLargest / largest;
    int16_t* values = matrix.values + group * kPanel * kBlock + 2 * column;
    for (int32_t i = 0; i < count; i++)
        values[i / 2 * 2 * kPanel + i % 2] = static_cast<int16_t>(lrintf(weights[i] * factor));
}

}  // namespace

Matrix lay_out_matrix(Layout& layout, int32_t outputs, int32_t inputs) {
    const int64_t columns = static_cast<int64_t>(panels_of(outputs)) * kPanel;
    return Matrix{outputs, inputs, layout.take<int16_t>(columns * stride_of(inputs)),
                  layout.take<float>(columns * blocks_of(inputs)), layout.take<float>(columns)};
}

Workspace lay_out_workspace(Layout& layout, int32_t longest_input) {
    return Workspace{layout.take<int16_t>(static_cast<int64_t>(kChunk) * stride_of(longest_input)),
                     layout.take<float>(static_cast<int64_t>(kChunk) * blocks_of(longest_input)),
                     layout.take<float>(kChunk * kPanel)};
}

void set_weights(Matrix& matrix, const float* weights) {
    for (int32_t output = 0; output < matrix.outputs; output++) {
        const float* row = weights + static_cast<int64_t>(output) * matrix.inputs;
        for (int32_t first = 0; first < matrix.inputs; first += kBlock) {
            const int32_t count = matrix.inputs - first < kBlock ? matrix.inputs - first : kBlock;
            set_block(matrix, row + first, count, output, first / kBlock);
        }
    }
}

}  // namespace cascade
