// A BERT encoder with pooling.
#pragma once

#include "cascade_encoder.h"
#include "matrix.h"

namespace cascade {

struct Layer {
    Matrix projection;
    Matrix mixing;
    Norm attention_norm;
    Matrix widening;
    Matrix narrowing;
    Norm output_norm;
};

class Encoder {
public:
    // Whether all sizes are such that no product of them overflows.
    static bool is_possible(const cascade_encoder_shape& shape);

    // Null if there is not enough memory.
    static Encoder* create(const Kernels& kernels, const cascade_encoder_shape& shape);

    static void destroy(Encoder* encoder);

    const cascade_encoder_shape& shape() const { return shape_; }

    // False if there is no such part or it does not take so many numbers.
    bool load(int32_t part, int32_t layer, const float* values, int64_t count);

    // All ids and lengths have been checked.
    void pool(const int32_t* pieces, const int32_t* lengths, int32_t texts, float* vectors);

private:
    void lay_out(Layout& layout);
    void run(const int32_t* pieces, const int32_t* lengths, int32_t texts, float* vectors);
    void embed(const int32_t* pieces, const int32_t* lengths, int32_t texts);
    void attend(const int32_t* lengths, int32_t texts);
    bool copy(const float* values, int64_t count, float* rows, int64_t row_count, int32_t length);
    bool weigh(const float* values, int64_t count, Matrix& matrix);

    const Kernels* kernels_;
    cascade_encoder_shape shape_;
    int32_t most_rows_;
    uint8_t* memory_;
    float* words_;
    float* positions_;
    float* is_there_;
    Norm norm_;
    Layer* layers_;

    // Rows of the texts that are run together.
    float* state_;
    float* wide_;  // what the projection or the widening gives
    float* mixed_;
    float* scratch_;
    float* pooled_;
    Workspace workspace_;
};

}  // namespace cascade
