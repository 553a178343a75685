// Eight floats at a time; needs AVX2 and FMA.
#include <immintrin.h>

#include "passes.h"

namespace cascade {
namespace {

struct Avx2 {
    using Reg = __m256;
    static constexpr int32_t kWidth = 8;

    static Reg load(const float* source) { return _mm256_loadu_ps(source); }
    static void store(float* target, Reg x) { _mm256_storeu_ps(target, x); }
    static Reg set(float x) { return _mm256_set1_ps(x); }
    // The instruction's max returns its second operand for a NaN.
    static Reg usable(Reg x) { return min(max(x, set(kMinusInfinity)), set(__FLT_MAX__)); }
    static Reg add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
    static Reg sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
    static Reg mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
    static Reg fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
    static Reg max(Reg a, Reg b) { return _mm256_max_ps(a, b); }
    static Reg min(Reg a, Reg b) { return _mm256_min_ps(a, b); }
    static Reg round(Reg x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static Reg scale(Reg x, Reg k) {
        const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(k), _mm256_set1_epi32(127));
        return mul(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    }
    static Reg zero_below(Reg value, Reg x, Reg threshold) {
        return _mm256_and_ps(value, _mm256_cmp_ps(x, threshold, _CMP_GE_OQ));
    }
    static uint32_t at_least(Reg x, Reg threshold) {
        return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(x, threshold, _CMP_GE_OQ)));
    }
    static float max_across(Reg x) {
        __m128 half = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
        half = _mm_max_ps(half, _mm_movehl_ps(half, half));
        return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
    }
    static float sum_across(Reg x) {
        __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
        half = _mm_add_ps(half, _mm_movehl_ps(half, half));
        return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
    }
};

}  // namespace

const Level kAvx2Level = make_level<Avx2>();

}  // namespace cascade
