// A token and its logit in one word whose ascending order is "most probable first, of equal ones the lowest id".
#pragma once

#include <stdint.h>
#include <string.h>

namespace cascade {
namespace {  // internal to each translation unit: they are compiled for different processors

inline float usable(float logit) {
    if (logit != logit)
        return -__builtin_inff();
    return logit > __FLT_MAX__ ? __FLT_MAX__ : logit;
}

inline uint64_t sort_key(float logit, int32_t token) {
    const float zero_has_one_sign = logit == 0.0f ? 0.0f : logit;
    uint32_t bits;
    memcpy(&bits, &zero_has_one_sign, sizeof bits);
    // Floats order like sign-magnitude integers; a descending order turns the positive ones round.
    const uint32_t descending = (bits & 0x80000000u) != 0 ? bits : ~bits & 0x7fffffffu;
    return static_cast<uint64_t>(descending) << 32 | static_cast<uint32_t>(token);
}

inline int32_t key_token(uint64_t key) { return static_cast<int32_t>(key & 0xffffffffu); }

inline float key_logit(uint64_t key) {
    const uint32_t descending = static_cast<uint32_t>(key >> 32);
    const uint32_t bits = (descending & 0x80000000u) != 0 ? descending : ~descending & 0x7fffffffu;
    float logit;
    memcpy(&logit, &bits, sizeof logit);
    return logit;
}

}  // namespace
}  // namespace cascade
