// Sixteen floats in one register; needs AVX-512 F and BW. `Dot` adds the products of pairs of integers to a sum.
#pragma once

#include <immintrin.h>

#include "passes.h"

namespace cascade {
namespace {

template <class Dot>
struct Avx512 {
    using Reg = __m512;
    static constexpr int kKeys = 4;

    static Reg load(const float* source) { return _mm512_loadu_ps(source); }
    static void store(float* target, Reg x) { _mm512_storeu_ps(target, x); }
    static Reg set(float x) { return _mm512_set1_ps(x); }
    static Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
    static Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
    static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
    static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
    static Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
    static Reg min(Reg a, Reg b) { return _mm512_min_ps(a, b); }
    static Reg abs(Reg x) { return _mm512_abs_ps(x); }
    static Reg round(Reg x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static Reg scale(Reg x, Reg k) { return _mm512_scalef_ps(x, k); }
    static float max_across(Reg x) { return _mm512_reduce_max_ps(x); }
    static float sum_across(Reg x) {
        const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x),
                                           _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x), 1)));
        __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        four = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
    }
    static void store_integers(int16_t* target, Reg x) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(x)));
    }

    // Adds a block's products to the sums of 4 rows x 96 outputs; the 24 sums of integers live in registers.
    CASCADE_APART static void add_tile(const int16_t* weights, const float* scales, const int16_t* x, int64_t stride,
                                       const float* row_scales, int64_t scale_stride, bool is_first, float* sums) {
        constexpr int kColumns = kPanel / kWidth;
        __m512i acc[kTile][kColumns];
        each<kTile>([&](auto i) CASCADE_INLINE {
            each<kColumns>([&](auto j) CASCADE_INLINE { acc[i][j] = _mm512_setzero_si512(); });
        });
        for (int k = 0; k < kBlock; k += 2, weights += 2 * kPanel) {
            __m512i pair[kTile];
            each<kTile>([&](auto i) CASCADE_INLINE { pair[i] = _mm512_set1_epi32(both(x + i * stride + k)); });
            each<kColumns>([&](auto j) CASCADE_INLINE {
                const __m512i w = _mm512_load_si512(weights + 2 * kWidth * j);
                each<kTile>([&](auto i) CASCADE_INLINE {
                    acc[i][j] = Dot::add(acc[i][j], w, pair[i]);
                    CASCADE_STAY(acc[i][j]);
                });
            });
        }
        each<kTile>([&](auto i) CASCADE_INLINE {
            const __m512 factor = _mm512_set1_ps(row_scales[i * scale_stride]);
            each<kColumns>([&](auto j) CASCADE_INLINE {
                float* sum = sums + i * kPanel + kWidth * j;
                const __m512 before = is_first ? _mm512_setzero_ps() : _mm512_load_ps(sum);
                const __m512 scale = _mm512_mul_ps(_mm512_load_ps(scales + kWidth * j), factor);
                _mm512_store_ps(sum, _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc[i][j]), scale, before));
            });
        });
    }
};

}  // namespace
}  // namespace cascade
