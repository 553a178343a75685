// The four passes over a vocabulary that are worth vectorising, once per instruction set.
#pragma once

#include <stdint.h>

#include "cascade_native.h"

namespace cascade {

// exp(-87) is the last power that is still a normal float; anything further below the best token weighs nothing.
constexpr float kLowestExponent = -87.0f;

// The weights of a draw are summed in blocks of this many tokens: short enough to walk one of them token by token.
constexpr int32_t kWeightBlock = 256;

struct Peak {
    int32_t token;  // CASCADE_NO_TOKEN: none is possible
    float logit;
};

struct Level {
    // Fills everything but `reserved`; false if no token is possible.
    bool (*summarize)(const float* logits, int32_t n, cascade_summary& summary);

    Peak (*peak)(const float* logits, int32_t n);

    // The sum of exp((logit - best) * scale) over the tokens with logit >= threshold, also by blocks of kWeightBlock
    // (`blocks` may be null). The threshold lies above -infinity and leaves no exponent below kLowestExponent.
    double (*weigh)(const float* logits, int32_t n, float best, float scale, float threshold, double* blocks);

    // Writes the key (sort_key.h) of every token with logit >= threshold, in ascending id order, and returns how many.
    int32_t (*collect)(const float* logits, int32_t first, int32_t end, float threshold, uint64_t* keys);
};

// Null where the processor or the build lacks it.
const Level* find_level(int32_t level);

extern const Level kScalarLevel;
#ifdef CASCADE_X86_64
extern const Level kAvx2Level;
extern const Level kAvx512Level;
#endif

}  // namespace cascade
