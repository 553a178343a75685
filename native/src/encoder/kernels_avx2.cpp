// Sixteen floats in two registers; needs AVX2 and FMA.
#include <immintrin.h>

#include "passes.h"

namespace cascade {
namespace {

struct Avx2 {
    struct Reg {
        __m256 low, high;
    };
    static constexpr int kKeys = 1;

    static Reg load(const float* source) { return {_mm256_loadu_ps(source), _mm256_loadu_ps(source + 8)}; }
    static void store(float* target, Reg x) {
        _mm256_storeu_ps(target, x.low);
        _mm256_storeu_ps(target + 8, x.high);
    }
    static Reg set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
    static Reg add(Reg a, Reg b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
    static Reg sub(Reg a, Reg b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
    static Reg mul(Reg a, Reg b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
    static Reg fma(Reg a, Reg b, Reg c) {
        return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
    }
    static Reg max(Reg a, Reg b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
    static Reg min(Reg a, Reg b) { return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)}; }
    static Reg abs(Reg x) {
        const __m256 sign = _mm256_set1_ps(-0.0f);
        return {_mm256_andnot_ps(sign, x.low), _mm256_andnot_ps(sign, x.high)};
    }
    static Reg round(Reg x) { return {round(x.low), round(x.high)}; }
    static Reg scale(Reg x, Reg k) { return {scale(x.low, k.low), scale(x.high, k.high)}; }
    static float max_across(Reg x) {
        const __m256 eight = _mm256_max_ps(x.low, x.high);
        __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        four = _mm_max_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
    }
    static float sum_across(Reg x) {
        const __m256 eight = _mm256_add_ps(x.low, x.high);
        __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        four = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
    }
    static void store_integers(int16_t* target, Reg x) {
        const __m256i packed = _mm256_packs_epi32(_mm256_cvtps_epi32(x.low), _mm256_cvtps_epi32(x.high));
        // Packing works in halves of a register: the middle quarters change places.
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), _mm256_permute4x64_epi64(packed, 0xd8));
    }

    // Adds a block's products to the sums of 4 rows x 96 outputs, 24 outputs at a time: 12 sums of integers live in
    // registers.
    static void add_tile(const int16_t* weights, const float* scales, const int16_t* x, int64_t stride,
                         const float* row_scales, int64_t scale_stride, bool is_first, float* sums) {
        for (int column = 0; column < kPanel; column += 24) {
            add_columns(weights + 2 * column, scales + column, x, stride, row_scales, scale_stride, is_first,
                        sums + column);
        }
    }

private:
    static __m256 round(__m256 x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static __m256 scale(__m256 x, __m256 k) {
        const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(k), _mm256_set1_epi32(127));
        return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    }

    CASCADE_APART static void add_columns(const int16_t* weights, const float* scales, const int16_t* x, int64_t stride,
                                          const float* row_scales, int64_t scale_stride, bool is_first, float* sums) {
        constexpr int kColumns = 3;
        __m256i acc[kTile][kColumns];
        each<kTile>([&](auto i) CASCADE_INLINE {
            each<kColumns>([&](auto j) CASCADE_INLINE { acc[i][j] = _mm256_setzero_si256(); });
        });
        for (int k = 0; k < kBlock; k += 2, weights += 2 * kPanel) {
            each<kTile>([&](auto i) CASCADE_INLINE {
                const __m256i pair = _mm256_set1_epi32(both(x + i * stride + k));
                each<kColumns>([&](auto j) CASCADE_INLINE {
                    const __m256i w = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights + 16 * j));
                    acc[i][j] = _mm256_add_epi32(acc[i][j], _mm256_madd_epi16(w, pair));
                    CASCADE_STAY(acc[i][j]);
                });
            });
        }
        each<kTile>([&](auto i) CASCADE_INLINE {
            const __m256 factor = _mm256_set1_ps(row_scales[i * scale_stride]);
            each<kColumns>([&](auto j) CASCADE_INLINE {
                float* sum = sums + i * kPanel + 8 * j;
                const __m256 before = is_first ? _mm256_setzero_ps() : _mm256_load_ps(sum);
                const __m256 scale = _mm256_mul_ps(_mm256_load_ps(scales + 8 * j), factor);
                _mm256_store_ps(sum, _mm256_fmadd_ps(_mm256_cvtepi32_ps(acc[i][j]), scale, before));
            });
        });
    }
};

}  // namespace

const Kernels kAvx2Kernels = make_kernels<Avx2>();

}  // namespace cascade
