#include "encoder.h"

#include <stdlib.h>
#include <string.h>

namespace cascade {
namespace {

int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

bool is_within(int32_t value, int32_t most) { return value > 0 && value <= most; }

Norm lay_out_norm(Layout& layout, int32_t length, float epsilon, const float* is_there) {
    return Norm{length, epsilon, layout.take<float>(stride_of(length)), layout.take<float>(stride_of(length)), is_there};
}

}  // namespace

bool Encoder::is_possible(const cascade_encoder_shape& shape) {
    return is_within(shape.vocabulary, 1 << 24) && is_within(shape.positions, 1 << 16) && is_within(shape.hidden, 1 << 16) &&
           is_within(shape.layers, 1 << 10) && is_within(shape.heads, shape.hidden) &&
           is_within(shape.intermediate, 1 << 18) && shape.hidden % shape.heads == 0;
}

Encoder* Encoder::create(const Kernels& kernels, const cascade_encoder_shape& shape) {
    auto* encoder = static_cast<Encoder*>(calloc(1, sizeof(Encoder)));
    if (encoder == nullptr)
        return nullptr;
    encoder->kernels_ = &kernels;
    encoder->shape_ = shape;
    encoder->most_rows_ = larger(kChunk, shape.positions);
    Layout counted(nullptr);
    encoder->lay_out(counted);
    encoder->memory_ = allocate(counted.size());
    if (encoder->memory_ == nullptr) {
        destroy(encoder);
        return nullptr;
    }
    Layout layout(encoder->memory_);
    encoder->lay_out(layout);
    for (int32_t i = 0; i < shape.hidden; i++)
        encoder->is_there_[i] = 1;
    return encoder;
}

void Encoder::destroy(Encoder* encoder) {
    if (encoder != nullptr)
        release(encoder->memory_);
    free(encoder);
}

void Encoder::lay_out(Layout& layout) {
    const int32_t hidden = shape_.hidden;
    const int64_t stride = stride_of(hidden);
    layers_ = layout.take<Layer>(shape_.layers);
    words_ = layout.take<float>(shape_.vocabulary * stride);
    positions_ = layout.take<float>(shape_.positions * stride);
    is_there_ = layout.take<float>(stride);
    norm_ = lay_out_norm(layout, hidden, shape_.epsilon, is_there_);
    for (int32_t i = 0; i < shape_.layers; i++) {
        const Matrix projection = lay_out_matrix(layout, 3 * hidden, hidden);
        const Matrix mixing = lay_out_matrix(layout, hidden, hidden);
        const Norm attention_norm = lay_out_norm(layout, hidden, shape_.epsilon, is_there_);
        const Matrix widening = lay_out_matrix(layout, shape_.intermediate, hidden);
        const Matrix narrowing = lay_out_matrix(layout, hidden, shape_.intermediate);
        const Norm output_norm = lay_out_norm(layout, hidden, shape_.epsilon, is_there_);
        if (layers_ != nullptr)
            layers_[i] = Layer{projection, mixing, attention_norm, widening, narrowing, output_norm};
    }
    const int64_t rows = most_rows_;
    const int64_t padded = stride_of(shape_.positions);
    const int64_t size = stride_of(hidden / shape_.heads);
    state_ = layout.take<float>(rows * stride);
    wide_ = layout.take<float>(rows * larger(stride_of(3 * hidden), stride_of(shape_.intermediate)));
    mixed_ = layout.take<float>(rows * stride);
    scratch_ = layout.take<float>(2 * size * padded + kTile * padded);
    pooled_ = layout.take<float>(stride);
    workspace_ = lay_out_workspace(layout, larger(hidden, shape_.intermediate));
}

bool Encoder::copy(const float* values, int64_t count, float* rows, int64_t row_count, int32_t length) {
    if (count != row_count * length)
        return false;
    for (int64_t row = 0; row < row_count; row++)
        memcpy(rows + row * stride_of(length), values + row * length, static_cast<size_t>(length) * sizeof(float));
    return true;
}

bool Encoder::weigh(const float* values, int64_t count, Matrix& matrix) {
    if (count != static_cast<int64_t>(matrix.outputs) * matrix.inputs)
        return false;
    set_weights(matrix, values);
    return true;
}

bool Encoder::load(int32_t part, int32_t layer, const float* values, int64_t count) {
    const bool is_of_layer = part >= CASCADE_PROJECTION_WEIGHT;
    if (layer < 0 || layer >= (is_of_layer ? shape_.layers : 1))
        return false;
    Layer& of = layers_[layer];
    switch (part) {
        case CASCADE_WORDS: return copy(values, count, words_, shape_.vocabulary, shape_.hidden);
        case CASCADE_POSITIONS: return copy(values, count, positions_, shape_.positions, shape_.hidden);
        case CASCADE_NORM_WEIGHT: return copy(values, count, norm_.weight, 1, shape_.hidden);
        case CASCADE_NORM_BIAS: return copy(values, count, norm_.bias, 1, shape_.hidden);
        case CASCADE_PROJECTION_WEIGHT: return weigh(values, count, of.projection);
        case CASCADE_PROJECTION_BIAS: return copy(values, count, of.projection.bias, 1, of.projection.outputs);
        case CASCADE_MIXING_WEIGHT: return weigh(values, count, of.mixing);
        case CASCADE_MIXING_BIAS: return copy(values, count, of.mixing.bias, 1, of.mixing.outputs);
        case CASCADE_ATTENTION_NORM_WEIGHT: return copy(values, count, of.attention_norm.weight, 1, shape_.hidden);
        case CASCADE_ATTENTION_NORM_BIAS: return copy(values, count, of.attention_norm.bias, 1, shape_.hidden);
        case CASCADE_WIDENING_WEIGHT: return weigh(values, count, of.widening);
        case CASCADE_WIDENING_BIAS: return copy(values, count, of.widening.bias, 1, of.widening.outputs);
        case CASCADE_NARROWING_WEIGHT: return weigh(values, count, of.narrowing);
        case CASCADE_NARROWING_BIAS: return copy(values, count, of.narrowing.bias, 1, of.narrowing.outputs);
        case CASCADE_OUTPUT_NORM_WEIGHT: return copy(values, count, of.output_norm.weight, 1, shape_.hidden);
        case CASCADE_OUTPUT_NORM_BIAS: return copy(values, count, of.output_norm.bias, 1, shape_.hidden);
        default: return false;
    }
}

void Encoder::pool(const int32_t* pieces, const int32_t* lengths, int32_t texts, float* vectors) {
    for (int32_t first = 0, taken; first < texts; first += taken) {
        int32_t rows = lengths[first];
        for (taken = 1; first + taken < texts && rows + lengths[first + taken] <= most_rows_; taken++)
            rows += lengths[first + taken];
        run(pieces, lengths + first, taken, vectors + static_cast<int64_t>(first) * shape_.hidden);
        pieces += rows;
    }
}

void Encoder::run(const int32_t* pieces, const int32_t* lengths, int32_t texts, float* vectors) {
    int32_t rows = 0;
    for (int32_t text = 0; text < texts; text++)
        rows += lengths[text];
    embed(pieces, lengths, texts);
    kernels_->normalize(norm_, state_, rows);
    for (int32_t i = 0; i < shape_.layers; i++) {
        const Layer& layer = layers_[i];
        kernels_->multiply(layer.projection, state_, rows, After::kNothing, nullptr, wide_, workspace_);
        attend(lengths, texts);
        kernels_->multiply(layer.mixing, mixed_, rows, After::kAdd, state_, state_, workspace_);
        kernels_->normalize(layer.attention_norm, state_, rows);
        kernels_->multiply(layer.widening, state_, rows, After::kGelu, nullptr, wide_, workspace_);
        kernels_->multiply(layer.narrowing, wide_, rows, After::kAdd, state_, state_, workspace_);
        kernels_->normalize(layer.output_norm, state_, rows);
    }
    const float* row = state_;
    for (int32_t text = 0; text < texts; text++) {
        const bool is_mean = shape_.first_token == 0;
        memset(pooled_, 0, static_cast<size_t>(stride_of(shape_.hidden)) * sizeof(float));
        for (int32_t i = 0; i < (is_mean ? lengths[text] : 1); i++)
            kernels_->accumulate(row + static_cast<int64_t>(i) * stride_of(shape_.hidden), shape_.hidden,
                                 is_mean ? 1.0f / static_cast<float>(lengths[text]) : 1.0f, pooled_);
        memcpy(vectors + static_cast<int64_t>(text) * shape_.hidden, pooled_, static_cast<size_t>(shape_.hidden) * sizeof(float));
        row += static_cast<int64_t>(lengths[text]) * stride_of(shape_.hidden);
    }
}

void Encoder::embed(const int32_t* pieces, const int32_t* lengths, int32_t texts) {
    const int64_t stride = stride_of(shape_.hidden);
    float* row = state_;
    for (int32_t text = 0; text < texts; text++) {
        for (int32_t i = 0; i < lengths[text]; i++, pieces++, row += stride) {
            memcpy(row, words_ + *pieces * stride, static_cast<size_t>(stride) * sizeof(float));
            kernels_->accumulate(positions_ + i * stride, shape_.hidden, 1.0f, row);
        }
    }
}

void Encoder::attend(const int32_t* lengths, int32_t texts) {
    const int32_t size = shape_.hidden / shape_.heads;
    const int64_t stride = stride_of(3 * shape_.hidden);
    const int64_t mixed_stride = stride_of(shape_.hidden);
    int64_t row = 0;
    for (int32_t text = 0; text < texts; text++) {
        for (int32_t head = 0; head < shape_.heads; head++) {
            kernels_->attend(wide_ + row * stride + head * size, lengths[text], static_cast<int32_t>(stride), shape_.hidden, size,
                             mixed_ + row * mixed_stride + head * size, static_cast<int32_t>(mixed_stride), scratch_);
        }
        row += lengths[text];
    }
}

}  // namespace cascade
