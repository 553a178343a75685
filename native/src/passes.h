// The passes of level.h, written once over a vector type V; each level_*.cpp supplies its V and takes make_level<V>().
//
// V::Reg holds V::kWidth floats. Everything here is internal to the translation unit that includes it, and no inline
// function of the standard library is used: the linker would be free to keep the copy that was compiled for the newest
// processor.
#pragma once

#include <math.h>

#include "exponential.h"
#include "level.h"
#include "sort_key.h"

namespace cascade {
namespace {

constexpr float kMinusInfinity = -__builtin_inff();

// A block stays in the first-level cache between finding its maximum and summing its powers, so that the logits come
// from memory once.
constexpr int32_t kBlock = 2048;

// Independent accumulators: they hide the latency of max and fma, and keep the float sums of a block short.
constexpr int kLanes = 4;

template <class V>
inline typename V::Reg load_usable(const float* source) {
    return V::usable(V::load(source));
}

// The rest of a block that fills no register, padded with impossible tokens.
template <class V>
inline typename V::Reg load_rest(const float* source, int32_t count) {
    float padded[V::kWidth];
    for (int32_t i = 0; i < V::kWidth; i++)
        padded[i] = i < count ? source[i] : kMinusInfinity;
    return load_usable<V>(padded);
}

// Calls visit(lane, register, offset) for all of [source, source + count).
template <class V, class Visit>
inline void for_each(const float* source, int32_t count, Visit visit) {
    int32_t i = 0;
    for (; i + kLanes * V::kWidth <= count; i += kLanes * V::kWidth) {
#pragma GCC unroll 4
        for (int lane = 0; lane < kLanes; lane++)
            visit(lane, load_usable<V>(source + i + lane * V::kWidth), i + lane * V::kWidth);
    }
    for (; i + V::kWidth <= count; i += V::kWidth)
        visit(0, load_usable<V>(source + i), i);
    if (i < count)
        visit(0, load_rest<V>(source + i, count - i), i);
}

template <class V>
inline typename V::Reg sum_lanes(const typename V::Reg (&lanes)[kLanes]) {
    return V::add(V::add(lanes[0], lanes[1]), V::add(lanes[2], lanes[3]));
}

// The offset of the first logit that equals `value`, which is there.
template <class V>
inline int32_t find(const float* source, int32_t count, float value) {
    const typename V::Reg wanted = V::set(value);
    for (int32_t i = 0;; i += V::kWidth) {
        const typename V::Reg x =
            i + V::kWidth <= count ? load_usable<V>(source + i) : load_rest<V>(source + i, count - i);
        const uint32_t hits = V::at_least(x, wanted);
        if (hits != 0)
            return i + __builtin_ctz(hits);
    }
}

template <class V>
inline float max_of(const float* source, int32_t count) {
    typename V::Reg best[kLanes];
    for (auto& lane : best)
        lane = V::set(kMinusInfinity);
    for_each<V>(source, count, [&](int lane, typename V::Reg x, int32_t) { best[lane] = V::max(best[lane], x); });
    return V::max_across(V::max(V::max(best[0], best[1]), V::max(best[2], best[3])));
}

// The best two logits seen so far (the second equals the first where two tokens tie).
struct TopTwo {
    float first = kMinusInfinity;
    float second = kMinusInfinity;

    void see(float logit) {
        if (logit > first) {
            second = first;
            first = logit;
        } else if (logit > second) {
            second = logit;
        }
    }
};

template <class V>
inline TopTwo top_two(const float* source, int32_t count, TopTwo so_far) {
    using Reg = typename V::Reg;
    Reg first[kLanes];
    Reg second[kLanes];
    for (int lane = 0; lane < kLanes; lane++)
        first[lane] = second[lane] = V::set(kMinusInfinity);
    for_each<V>(source, count, [&](int lane, Reg x, int32_t) {
        second[lane] = V::max(second[lane], V::min(first[lane], x));
        first[lane] = V::max(first[lane], x);
    });
    for (int lane = 1; lane < kLanes; lane++) {
        second[0] = V::max(V::max(second[0], second[lane]), V::min(first[0], first[lane]));
        first[0] = V::max(first[0], first[lane]);
    }
    if (V::max_across(first[0]) > so_far.second) {
        float values[2 * V::kWidth];
        V::store(values, first[0]);
        V::store(values + V::kWidth, second[0]);
        for (float value : values)
            so_far.see(value);
    }
    return so_far;
}

// Adds the block's sums of exp(x - best) and (x - best) exp(x - best).
template <class V>
inline void add_powers(const float* source, int32_t count, float best, double& sum, double& moment) {
    using Reg = typename V::Reg;
    const Reg vbest = V::set(best);
    const Reg lowest = V::set(kLowestExponent);
    Reg sums[kLanes];
    Reg moments[kLanes];
    for (int lane = 0; lane < kLanes; lane++)
        sums[lane] = moments[lane] = V::set(0.0f);
    for_each<V>(source, count, [&](int lane, Reg x, int32_t) {
        // Below the lowest exponent a token counts as exp(-87) = 1.6e-38, which no sum that holds a 1 can feel.
        const Reg distance = V::max(V::sub(x, vbest), lowest);
        const Reg power = exp_of<V>(distance);
        sums[lane] = V::add(sums[lane], power);
        moments[lane] = V::fma(power, distance, moments[lane]);
    });
    sum += V::sum_across(sum_lanes<V>(sums));
    moment += V::sum_across(sum_lanes<V>(moments));
}

template <class V>
bool summarize(const float* logits, int32_t n, cascade_summary& summary) {
    TopTwo top;
    int32_t best = CASCADE_NO_TOKEN;
    double sum = 0;
    double moment = 0;
    for (int32_t start = 0; start < n; start += kBlock) {
        const int32_t count = n - start < kBlock ? n - start : kBlock;
        const float before = top.first;
        top = top_two<V>(logits + start, count, top);
        if (top.first > before) {
            best = start + find<V>(logits + start, count, top.first);
            // What was summed relative to the old maximum moves to the new one; at first there is nothing to move.
            if (sum > 0) {
                const double shift = static_cast<double>(before) - top.first;
                const double factor = exp(shift);
                moment = factor > 0 ? (moment + shift * sum) * factor : 0;
                sum *= factor;
            }
        }
        if (best >= 0)
            add_powers<V>(logits + start, count, top.first, sum, moment);
    }
    if (best < 0)
        return false;
    summary.best = best;
    summary.best_logit = top.first;
    summary.second_logit = top.second;
    summary.log_sum = log(sum);
    const double entropy = summary.log_sum - moment / sum;
    summary.entropy = entropy > 0 ? entropy : 0;
    return true;
}

template <class V>
Peak peak(const float* logits, int32_t n) {
    Peak result{CASCADE_NO_TOKEN, kMinusInfinity};
    for (int32_t start = 0; start < n; start += kBlock) {
        const int32_t count = n - start < kBlock ? n - start : kBlock;
        const float best = max_of<V>(logits + start, count);
        if (best > result.logit)
            result = Peak{start + find<V>(logits + start, count, best), best};
    }
    return result;
}

template <class V>
double weigh(const float* logits, int32_t n, float best, float scale, float threshold, double* blocks) {
    using Reg = typename V::Reg;
    const Reg vbest = V::set(best);
    const Reg vscale = V::set(scale);
    const Reg vthreshold = V::set(threshold);
    const Reg lowest = V::set(kLowestExponent);
    double total = 0;
    for (int32_t start = 0; start < n; start += kWeightBlock) {
        const int32_t count = n - start < kWeightBlock ? n - start : kWeightBlock;
        Reg sums[kLanes];
        for (auto& lane : sums)
            lane = V::set(0.0f);
        for_each<V>(logits + start, count, [&](int lane, Reg x, int32_t) {
            const Reg power = exp_of<V>(V::max(V::mul(V::sub(x, vbest), vscale), lowest));
            sums[lane] = V::add(sums[lane], V::zero_below(power, x, vthreshold));
        });
        const double sum = V::sum_across(sum_lanes<V>(sums));
        total += sum;
        if (blocks != nullptr)
            blocks[start / kWeightBlock] = sum;
    }
    return total;
}

template <class V>
int32_t collect(const float* logits, int32_t first, int32_t end, float threshold, uint64_t* keys) {
    const typename V::Reg vthreshold = V::set(threshold);
    int32_t kept = 0;
    for_each<V>(logits + first, end - first, [&](int, typename V::Reg x, int32_t offset) {
        for (uint32_t hits = V::at_least(x, vthreshold); hits != 0; hits &= hits - 1) {
            const int32_t token = first + offset + __builtin_ctz(hits);
            keys[kept++] = sort_key(usable(logits[token]), token);
        }
    });
    return kept;
}

template <class V>
constexpr Level make_level() {
    return Level{summarize<V>, peak<V>, weigh<V>, collect<V>};
}

}  // namespace
}  // namespace cascade
