// The C interface of the logits kernel. The meaning of every setting is in docs/sampling.md.
//
// In all functions a NaN logit counts as -infinity (an impossible token) and +infinity as the largest float. Pointers
// need only be aligned as their type is. Nothing is kept between calls: any thread may call at any time.
#ifndef CASCADE_NATIVE_H
#define CASCADE_NATIVE_H

#include <stdint.h>

#ifdef CASCADE_BUILDING
#define CASCADE_API __attribute__((visibility("default")))
#else
#define CASCADE_API
#endif

#define CASCADE_ABI_VERSION 1u

// Results below zero.
#define CASCADE_NO_TOKEN (-1)      // every token is impossible
#define CASCADE_BAD_ARGUMENT (-2)  // a null pointer, an empty vocabulary, or a level this processor lacks

#ifdef __cplusplus
extern "C" {
#endif

// Instruction sets, in rising order.
enum cascade_level { CASCADE_SCALAR = 0, CASCADE_AVX2 = 1, CASCADE_AVX512 = 2 };

// What one pass over the logits finds out about their distribution at temperature 1. Log-probability of token i:
// (logits[i] - best_logit) - log_sum.
struct cascade_summary {
    int32_t best;        // the most probable token, the lowest id of equal ones
    float best_logit;
    float second_logit;  // of the next best; -infinity if no other token is possible
    int32_t reserved;    // 0
    double log_sum;      // ln of the sum of exp(logit - best_logit); at least 0
    double entropy;      // nats
};

struct cascade_selection {
    float temperature;  // 0: the most probable token
    int32_t top_k;      // 0: all
    float top_p;        // 1: all
    float min_p;        // 0: all
};

CASCADE_API uint32_t cascade_abi_version(void);

// The highest level that this processor and this build have.
CASCADE_API int32_t cascade_best_level(void);

// Returns 0, CASCADE_NO_TOKEN or CASCADE_BAD_ARGUMENT.
CASCADE_API int32_t cascade_summarize(int32_t level, const float* logits, int32_t n, struct cascade_summary* summary);

// Returns a token id, CASCADE_NO_TOKEN or CASCADE_BAD_ARGUMENT. `uniform` lies in [0, 1); `scratch` has room for n words.
CASCADE_API int32_t cascade_sample(int32_t level, const float* logits, int32_t n,
                                   const struct cascade_selection* selection, double uniform, uint64_t* scratch);

#ifdef __cplusplus
}
#endif

#endif
