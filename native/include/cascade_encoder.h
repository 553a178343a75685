// The C interface of the encoder: a BERT whose matrix products are of 16-bit integers (docs/embedding.md).
//
// Every level gives the same vectors, bit for bit. One thread at a time may use an encoder.
#ifndef CASCADE_ENCODER_H
#define CASCADE_ENCODER_H

#include <stdint.h>

#ifdef CASCADE_BUILDING
#define CASCADE_API __attribute__((visibility("default")))
#else
#define CASCADE_API
#endif

#define CASCADE_ENCODER_ABI_VERSION 1u

// Results below zero.
#define CASCADE_ENCODER_BAD_ARGUMENT (-1)  // a null pointer, a size that does not fit, or a level this processor lacks
#define CASCADE_ENCODER_NO_MEMORY (-2)

#ifdef __cplusplus
extern "C" {
#endif

// Instruction sets, in rising order.
enum cascade_encoder_level {
    CASCADE_ENCODER_SCALAR = 0,
    CASCADE_ENCODER_AVX2 = 1,
    CASCADE_ENCODER_AVX512 = 2,  // F and BW
    CASCADE_ENCODER_VNNI = 3     // AVX-512 VNNI
};

struct cascade_encoder_shape {
    int32_t vocabulary;
    int32_t positions;     // most tokens of a text
    int32_t hidden;        // length of a token's vector, a multiple of heads
    int32_t layers;
    int32_t heads;
    int32_t intermediate;  // width between the two products of a feed-forward block
    int32_t first_token;   // 1: a text's vector is that of its first token; 0: the mean of all
    float epsilon;         // added to the variance in layer norms
};

// Matrices are outputs x inputs, row-major.
enum cascade_encoder_part {
    CASCADE_WORDS = 0,      // vocabulary x hidden
    CASCADE_POSITIONS = 1,  // positions x hidden, with the token type's vector added
    CASCADE_NORM_WEIGHT = 2,
    CASCADE_NORM_BIAS = 3,
    // Of a layer.
    CASCADE_PROJECTION_WEIGHT = 4,  // query, key and value one below the other: 3 hidden x hidden
    CASCADE_PROJECTION_BIAS = 5,
    CASCADE_MIXING_WEIGHT = 6,  // hidden x hidden
    CASCADE_MIXING_BIAS = 7,
    CASCADE_ATTENTION_NORM_WEIGHT = 8,
    CASCADE_ATTENTION_NORM_BIAS = 9,
    CASCADE_WIDENING_WEIGHT = 10,  // intermediate x hidden
    CASCADE_WIDENING_BIAS = 11,
    CASCADE_NARROWING_WEIGHT = 12,  // hidden x intermediate
    CASCADE_NARROWING_BIAS = 13,
    CASCADE_OUTPUT_NORM_WEIGHT = 14,
    CASCADE_OUTPUT_NORM_BIAS = 15
};

struct cascade_encoder;

CASCADE_API uint32_t cascade_encoder_abi_version(void);

// The highest level that this processor and this build have.
CASCADE_API int32_t cascade_encoder_best_level(void);

// An encoder whose weights are all zero, with all the memory it will ever use.
CASCADE_API int32_t cascade_encoder_create(int32_t level, const struct cascade_encoder_shape* shape,
                                           struct cascade_encoder** encoder);

// Sets a part; `layer` is 0 for parts that are of no layer, and `count` how many numbers `values` has.
CASCADE_API int32_t cascade_encoder_load(struct cascade_encoder* encoder, int32_t part, int32_t layer,
                                         const float* values, int64_t count);

// The vectors of some texts, one after the other, not normalised. `pieces` has their `piece_count` ids one text after the
// other, `lengths` how many each has, `vectors` room for `vector_count` numbers: texts x hidden.
CASCADE_API int32_t cascade_encoder_pool(struct cascade_encoder* encoder, const int32_t* pieces, int64_t piece_count,
                                         const int32_t* lengths, int32_t texts, float* vectors, int64_t vector_count);

CASCADE_API void cascade_encoder_free(struct cascade_encoder* encoder);

// A product by itself, x times the transpose of w, plus bias: `x` is rows x inputs, `w` outputs x inputs, `result`
// rows x outputs.
CASCADE_API int32_t cascade_encoder_multiply(int32_t level, const float* x, int32_t rows, const float* w, const float* bias,
                                             int32_t outputs, int32_t inputs, float* result);

#ifdef __cplusplus
}
#endif

#endif
