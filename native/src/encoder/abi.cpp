#include "cascade_encoder.h"
#include "encoder.h"

#include <string.h>

namespace {

cascade::Encoder* inside(cascade_encoder* encoder) { return reinterpret_cast<cascade::Encoder*>(encoder); }

}  // namespace

extern "C" {

uint32_t cascade_encoder_abi_version(void) { return CASCADE_ENCODER_ABI_VERSION; }

int32_t cascade_encoder_best_level(void) {
    int32_t level = CASCADE_ENCODER_VNNI;
    while (cascade::find_kernels(level) == nullptr)
        level--;
    return level;
}

int32_t cascade_encoder_create(int32_t level, const cascade_encoder_shape* shape, cascade_encoder** encoder) {
    const cascade::Kernels* kernels = cascade::find_kernels(level);
    if (kernels == nullptr || shape == nullptr || encoder == nullptr || !cascade::Encoder::is_possible(*shape))
        return CASCADE_ENCODER_BAD_ARGUMENT;
    *encoder = reinterpret_cast<cascade_encoder*>(cascade::Encoder::create(*kernels, *shape));
    return *encoder == nullptr ? CASCADE_ENCODER_NO_MEMORY : 0;
}

int32_t cascade_encoder_load(cascade_encoder* encoder, int32_t part, int32_t layer, const float* values, int64_t count) {
    if (encoder == nullptr || values == nullptr)
        return CASCADE_ENCODER_BAD_ARGUMENT;
    return inside(encoder)->load(part, layer, values, count) ? 0 : CASCADE_ENCODER_BAD_ARGUMENT;
}

int32_t cascade_encoder_pool(cascade_encoder* encoder, const int32_t* pieces, int64_t piece_count, const int32_t* lengths,
                             int32_t texts, float* vectors, int64_t vector_count) {
    if (encoder == nullptr || pieces == nullptr || lengths == nullptr || vectors == nullptr || texts <= 0)
        return CASCADE_ENCODER_BAD_ARGUMENT;
    const cascade_encoder_shape& shape = inside(encoder)->shape();
    int64_t total = 0;
    for (int32_t text = 0; text < texts; text++) {
        if (lengths[text] <= 0 || lengths[text] > shape.positions)
            return CASCADE_ENCODER_BAD_ARGUMENT;
        total += lengths[text];
    }
    if (total != piece_count || vector_count != static_cast<int64_t>(texts) * shape.hidden)
        return CASCADE_ENCODER_BAD_ARGUMENT;
    for (int64_t i = 0; i < piece_count; i++) {
        if (pieces[i] < 0 || pieces[i] >= shape.vocabulary)
            return CASCADE_ENCODER_BAD_ARGUMENT;
    }
    inside(encoder)->pool(pieces, lengths, texts, vectors);
    return 0;
}

void cascade_encoder_free(cascade_encoder* encoder) { cascade::Encoder::destroy(inside(encoder)); }

int32_t cascade_encoder_multiply(int32_t level, const float* x, int32_t rows, const float* w, const float* bias, int32_t outputs,
                                 int32_t inputs, float* result) {
    constexpr int32_t kMost = 1 << 16;
    const cascade::Kernels* kernels = cascade::find_kernels(level);
    if (kernels == nullptr || x == nullptr || w == nullptr || bias == nullptr || result == nullptr || rows <= 0 ||
        outputs <= 0 || inputs <= 0 || rows > kMost || outputs > kMost || inputs > kMost)
        return CASCADE_ENCODER_BAD_ARGUMENT;
    const int64_t width = cascade::stride_of(inputs);
    const int64_t stride = cascade::stride_of(outputs);
    cascade::Matrix matrix;
    cascade::Workspace workspace;
    float* padded = nullptr;
    float* product = nullptr;
    const auto lay_out = [&](cascade::Layout layout) {
        matrix = cascade::lay_out_matrix(layout, outputs, inputs);
        workspace = cascade::lay_out_workspace(layout, inputs);
        padded = layout.take<float>(rows * width);
        product = layout.take<float>(rows * stride);
        return layout.size();
    };
    uint8_t* memory = cascade::allocate(lay_out(cascade::Layout(nullptr)));
    if (memory == nullptr)
        return CASCADE_ENCODER_NO_MEMORY;
    lay_out(cascade::Layout(memory));
    cascade::set_weights(matrix, w);
    memcpy(matrix.bias, bias, static_cast<size_t>(outputs) * sizeof(float));
    for (int64_t row = 0; row < rows; row++)
        memcpy(padded + row * width, x + row * inputs, static_cast<size_t>(inputs) * sizeof(float));
    kernels->multiply(matrix, padded, rows, cascade::After::kNothing, nullptr, product, workspace);
    for (int64_t row = 0; row < rows; row++)
        memcpy(result + row * outputs, product + row * stride, static_cast<size_t>(outputs) * sizeof(float));
    cascade::release(memory);
    return 0;
}

}
