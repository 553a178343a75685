// The passes of kernels.h, written once over a vector type V of sixteen floats; each kernels_*.cpp supplies its V and
// takes make_kernels<V>(). Sums run in one order whatever V is, so all levels give the same bits.
//
// Everything here is internal to the translation unit that includes it, and no inline function of the standard library is
// used: the linker would be free to keep the copy that was compiled for the newest processor.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <utility>

#include "../exponential.h"
#include "kernels.h"

namespace cascade {
namespace {

constexpr int32_t kWidth = 16;

// Integers of a cache line.
constexpr int32_t kLine = 32;

#define CASCADE_INLINE __attribute__((always_inline))

// For a function whose registers must not be shared with its caller's.
#define CASCADE_APART __attribute__((noinline))

// Keeps a sum in one register through a loop; GCC 12 would copy it to another and to memory at each step.
#define CASCADE_STAY(sum) asm("" : "+v"(sum))

// Calls visit(0) to visit(N - 1) with constants. An array that a loop goes through would live in memory, even unrolled; one
// that only constants index lives in registers.
template <class Visit, int... I>
CASCADE_INLINE inline void each(Visit visit, std::integer_sequence<int, I...>) {
    (visit(std::integral_constant<int, I>()), ...);
}

template <int N, class Visit>
CASCADE_INLINE inline void each(Visit visit) {
    each(visit, std::make_integer_sequence<int, N>());
}

// x times the normal distribution function, within 2e-6. That function is 0.5 + x P(x^2) between -5 and 5, with P a
// Chebyshev interpolation written in powers of x^2 * 2 / 25 - 1.
template <class V>
inline typename V::Reg gelu_of(typename V::Reg x) {
    using Reg = typename V::Reg;
    constexpr float kPowers[] = {0.141363818f,  -0.0702959089f, 0.0515179297f, -0.0404512824f, 0.0314767586f,
                                 -0.0232131283f, 0.0162360898f, -0.0113071249f, 0.0067665275f, -0.00252691673f,
                                 0.00137459615f, -0.00167673098f, 0.000735376389f};
    const Reg near = V::max(V::min(x, V::set(5.0f)), V::set(-5.0f));
    const Reg s = V::fma(V::mul(near, near), V::set(0.08f), V::set(-1.0f));
    Reg p = V::set(kPowers[12]);
#pragma GCC unroll 12
    for (int i = 11; i >= 0; i--)
        p = V::fma(p, s, V::set(kPowers[i]));
    return V::mul(x, V::fma(near, p, V::set(0.5f)));
}

// A pair of integers as the instructions take it.
[[maybe_unused]] inline int32_t both(const int16_t* pair) {
    int32_t bits;
    memcpy(&bits, pair, sizeof bits);
    return bits;
}

// A block of a row.
template <class V>
inline void quantize_block(const float* row, int16_t* values, float* scale) {
    using Reg = typename V::Reg;
    const Reg v0 = V::load(row), v1 = V::load(row + 16), v2 = V::load(row + 32), v3 = V::load(row + 48);
    const float largest = V::max_across(V::max(V::max(V::abs(v0), V::abs(v1)), V::max(V::abs(v2), V::abs(v3))));
    *scale = largest / kLargest;
    const Reg factor = V::set(largest == 0 ? 0 : kLargest / largest);
    V::store_integers(values, V::mul(v0, factor));
    V::store_integers(values + 16, V::mul(v1, factor));
    V::store_integers(values + 32, V::mul(v2, factor));
    V::store_integers(values + 48, V::mul(v3, factor));
}

// Fills a last tile up with zeros.
template <class V>
void quantize(const float* rows, int32_t count, int32_t inputs, const Workspace& to) {
    const int32_t blocks = blocks_of(inputs);
    for (int64_t i = 0; i < static_cast<int64_t>(count) * blocks; i++)
        quantize_block<V>(rows + i * kBlock, to.values + i * kBlock, to.scales + i);
    const int64_t end = static_cast<int64_t>((count + kTile - 1) / kTile * kTile) * blocks;
    for (int64_t i = static_cast<int64_t>(count) * blocks; i < end; i++) {
        to.scales[i] = 0;
        memset(to.values + i * kBlock, 0, kBlock * sizeof(int16_t));
    }
}

template <class V, After after>
inline void write_panel(const float* sums, int32_t count, const float* bias, int32_t width, int32_t stride, const float* added,
                        float* result) {
    for (int32_t row = 0; row < count; row++) {
        for (int32_t i = 0; i < width; i += kWidth) {
            const int64_t at = static_cast<int64_t>(row) * stride + i;
            typename V::Reg x = V::add(V::load(sums + row * kPanel + i), V::load(bias + i));
            if constexpr (after == After::kGelu)
                x = gelu_of<V>(x);
            if constexpr (after == After::kAdd)
                x = V::add(x, V::load(added + at));
            V::store(result + at, x);
        }
    }
}

template <class V, After after>
void multiply_as(const Matrix& weights, const float* rows, int32_t count, const float* added, float* result,
                 const Workspace& workspace) {
    const int32_t blocks = blocks_of(weights.inputs);
    const int64_t length = static_cast<int64_t>(blocks) * kBlock;
    const int32_t stride = stride_of(weights.outputs);
    for (int32_t first = 0; first < count; first += kChunk) {
        const int32_t taken = count - first < kChunk ? count - first : kChunk;
        const int32_t ahead = kPanel * kBlock / ((taken + kTile - 1) / kTile);
        quantize<V>(rows + first * length, taken, weights.inputs, workspace);
        for (int32_t panel = 0; panel < panels_of(weights.outputs); panel++) {
            // A block of the panel stays in the first cache while all rows pass by.
            for (int32_t block = 0; block < blocks; block++) {
                const int64_t group = static_cast<int64_t>(panel) * blocks + block;
                const int16_t* values = weights.values + group * kPanel * kBlock;
                const int16_t* next = values + kPanel * kBlock;
                for (int32_t row = 0; row < taken; row += kTile) {
                    // Meanwhile the next block comes from memory, a part with each tile.
                    for (int32_t end = ahead; end > 0; end -= kLine, next += kLine)
                        __builtin_prefetch(next);
                    V::add_tile(values, weights.scales + group * kPanel,
                                workspace.values + row * length + block * kBlock, length,
                                workspace.scales + static_cast<int64_t>(row) * blocks + block, blocks, block == 0,
                                workspace.sums + row * kPanel);
                }
            }
            const int32_t column = panel * kPanel;
            const int64_t at = static_cast<int64_t>(first) * stride + column;
            write_panel<V, after>(workspace.sums, taken, weights.bias + column,
                                  stride - column < kPanel ? stride - column : kPanel, stride,
                                  added == nullptr ? nullptr : added + at, result + at);
        }
    }
}

template <class V>
void multiply(const Matrix& weights, const float* rows, int32_t count, After after, const float* added, float* result,
              const Workspace& workspace) {
    switch (after) {
        case After::kNothing:
            return multiply_as<V, After::kNothing>(weights, rows, count, added, result, workspace);
        case After::kGelu:
            return multiply_as<V, After::kGelu>(weights, rows, count, added, result, workspace);
        case After::kAdd:
            return multiply_as<V, After::kAdd>(weights, rows, count, added, result, workspace);
    }
}

template <class V>
void normalize(const Norm& norm, float* rows, int32_t count) {
    using Reg = typename V::Reg;
    const int32_t stride = stride_of(norm.length);
    for (int32_t row = 0; row < count; row++, rows += stride) {
        Reg sum = V::set(0.0f);
        for (int32_t i = 0; i < stride; i += kWidth)
            sum = V::add(sum, V::load(rows + i));
        const Reg mean = V::set(V::sum_across(sum) / static_cast<float>(norm.length));
        Reg squares = V::set(0.0f);
        for (int32_t i = 0; i < stride; i += kWidth) {
            const Reg distance = V::mul(V::sub(V::load(rows + i), mean), V::load(norm.is_there + i));
            squares = V::fma(distance, distance, squares);
        }
        const float variance = V::sum_across(squares) / static_cast<float>(norm.length);
        const Reg factor = V::set(1.0f / sqrtf(variance + norm.epsilon));
        for (int32_t i = 0; i < stride; i += kWidth) {
            const Reg x = V::mul(V::sub(V::load(rows + i), mean), factor);
            V::store(rows + i, V::fma(x, V::load(norm.weight + i), V::load(norm.bias + i)));
        }
    }
}

// Scores of kRows queries and kColumns registers of keys.
template <class V, int kRows, int kColumns>
inline void score(const float* queries, int32_t stride, int32_t size, const float* keys, int32_t padded, float factor,
                  float* scores) {
    using Reg = typename V::Reg;
    Reg sums[kRows][kColumns];
    each<kRows>([&](auto i) CASCADE_INLINE { each<kColumns>([&](auto j) CASCADE_INLINE { sums[i][j] = V::set(0.0f); }); });
    for (int32_t d = 0; d < size; d++) {
        Reg key[kColumns];
        each<kColumns>([&](auto j) CASCADE_INLINE { key[j] = V::load(keys + static_cast<int64_t>(d) * padded + j * kWidth); });
        each<kRows>([&](auto i) CASCADE_INLINE {
            const Reg query = V::set(queries[static_cast<int64_t>(i) * stride + d]);
            each<kColumns>([&](auto j) CASCADE_INLINE { sums[i][j] = V::fma(query, key[j], sums[i][j]); });
        });
    }
    each<kRows>([&](auto i) CASCADE_INLINE {
        each<kColumns>([&](auto j) CASCADE_INLINE {
            V::store(scores + static_cast<int64_t>(i) * padded + j * kWidth, V::mul(sums[i][j], V::set(factor)));
        });
    });
}

// Turns scores into powers of e and returns 1 over their sum.
template <class V>
inline float weigh(float* scores, int32_t tokens, int32_t padded) {
    using Reg = typename V::Reg;
    for (int32_t j = tokens; j < padded; j++)
        scores[j] = -__FLT_MAX__;
    Reg most = V::load(scores);
    for (int32_t j = kWidth; j < padded; j += kWidth)
        most = V::max(most, V::load(scores + j));
    const Reg best = V::set(V::max_across(most));
    Reg sum = V::set(0.0f);
    for (int32_t j = 0; j < padded; j += kWidth) {
        const Reg power = exp_of<V>(V::max(V::sub(V::load(scores + j), best), V::set(-87.0f)));
        V::store(scores + j, power);
        sum = V::add(sum, power);
    }
    return 1.0f / V::sum_across(sum);
}

// The mean of the values by the weights of kRows queries.
template <class V, int kRows>
inline void mix(const float* scores, const float* shares, int32_t tokens, int32_t padded, const float* values, int32_t size,
                float* mixed, int32_t stride) {
    using Reg = typename V::Reg;
    const int32_t length = (size + kWidth - 1) / kWidth * kWidth;
    for (int32_t d = 0; d < size; d += kWidth) {
        Reg sums[kRows];
        each<kRows>([&](auto i) CASCADE_INLINE { sums[i] = V::set(0.0f); });
        for (int32_t j = 0; j < tokens; j++) {
            const Reg value = V::load(values + static_cast<int64_t>(j) * length + d);
            each<kRows>([&](auto i) CASCADE_INLINE {
                sums[i] = V::fma(V::set(scores[static_cast<int64_t>(i) * padded + j]), value, sums[i]);
            });
        }
        each<kRows>([&](auto i) CASCADE_INLINE {
            float whole[kWidth];
            V::store(whole, V::mul(sums[i], V::set(shares[i])));
            const int32_t width = size - d < kWidth ? size - d : kWidth;
            memcpy(mixed + static_cast<int64_t>(i) * stride + d, whole, static_cast<size_t>(width) * sizeof(float));
        });
    }
}

template <class V, int kRows>
inline void attend_rows(const float* queries, int32_t tokens, int32_t padded, int32_t stride, int32_t size, const float* keys,
                        const float* values, float* scores, float* mixed, int32_t mixed_stride) {
    const float factor = 1.0f / sqrtf(static_cast<float>(size));
    int32_t j = 0;
    for (; j + V::kKeys * kWidth <= padded; j += V::kKeys * kWidth)
        score<V, kRows, V::kKeys>(queries, stride, size, keys + j, padded, factor, scores + j);
    for (; j < padded; j += kWidth)
        score<V, kRows, 1>(queries, stride, size, keys + j, padded, factor, scores + j);
    float shares[kRows];
    for (int i = 0; i < kRows; i++)
        shares[i] = weigh<V>(scores + static_cast<int64_t>(i) * padded, tokens, padded);
    mix<V, kRows>(scores, shares, tokens, padded, values, size, mixed, mixed_stride);
}

template <class V>
void attend(const float* projected, int32_t tokens, int32_t stride, int32_t apart, int32_t size, float* mixed,
            int32_t mixed_stride, float* scratch) {
    const int32_t padded = (tokens + kWidth - 1) / kWidth * kWidth;
    const int32_t length = (size + kWidth - 1) / kWidth * kWidth;
    float* keys = scratch;  // size x padded
    float* values = keys + static_cast<int64_t>(size) * padded;  // tokens x length
    float* scores = values + static_cast<int64_t>(tokens) * length;
    memset(scratch, 0, (static_cast<size_t>(size) * padded + static_cast<size_t>(tokens) * length) * sizeof(float));
    for (int32_t j = 0; j < tokens; j++) {
        const float* row = projected + static_cast<int64_t>(j) * stride;
        for (int32_t d = 0; d < size; d++)
            keys[static_cast<int64_t>(d) * padded + j] = row[apart + d];
        memcpy(values + static_cast<int64_t>(j) * length, row + 2 * apart, static_cast<size_t>(size) * sizeof(float));
    }
    int32_t i = 0;
    for (; i + 4 <= tokens; i += 4) {
        attend_rows<V, 4>(projected + static_cast<int64_t>(i) * stride, tokens, padded, stride, size, keys, values, scores,
                          mixed + static_cast<int64_t>(i) * mixed_stride, mixed_stride);
    }
    for (; i < tokens; i++) {
        attend_rows<V, 1>(projected + static_cast<int64_t>(i) * stride, tokens, padded, stride, size, keys, values, scores,
                          mixed + static_cast<int64_t>(i) * mixed_stride, mixed_stride);
    }
}

template <class V>
void accumulate(const float* row, int32_t length, float share, float* sum) {
    for (int32_t i = 0; i < stride_of(length); i += kWidth)
        V::store(sum + i, V::fma(V::load(row + i), V::set(share), V::load(sum + i)));
}

template <class V>
constexpr Kernels make_kernels() {
    return Kernels{multiply<V>, normalize<V>, attend<V>, accumulate<V>};
}

}  // namespace
}  // namespace cascade
