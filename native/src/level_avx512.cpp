// Sixteen floats at a time; needs AVX-512F.
#include <immintrin.h>

#include "passes.h"

namespace cascade {
namespace {

struct Avx512 {
    using Reg = __m512;
    static constexpr int32_t kWidth = 16;

    static Reg load(const float* source) { return _mm512_loadu_ps(source); }
    static void store(float* target, Reg x) { _mm512_storeu_ps(target, x); }
    static Reg set(float x) { return _mm512_set1_ps(x); }
    // The instruction's max returns its second operand for a NaN.
    static Reg usable(Reg x) { return min(max(x, set(kMinusInfinity)), set(__FLT_MAX__)); }
    static Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
    static Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
    static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
    static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
    static Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
    static Reg min(Reg a, Reg b) { return _mm512_min_ps(a, b); }
    static Reg round(Reg x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static Reg scale(Reg x, Reg k) { return _mm512_scalef_ps(x, k); }
    static Reg zero_below(Reg value, Reg x, Reg threshold) {
        return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, threshold, _CMP_GE_OQ), value);
    }
    static uint32_t at_least(Reg x, Reg threshold) { return _mm512_cmp_ps_mask(x, threshold, _CMP_GE_OQ); }
    static float max_across(Reg x) { return _mm512_reduce_max_ps(x); }
    static float sum_across(Reg x) { return _mm512_reduce_add_ps(x); }
};

}  // namespace

const Level kAvx512Level = make_level<Avx512>();

}  // namespace cascade
