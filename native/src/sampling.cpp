#include "sampling.h"

#include <math.h>

#include <algorithm>
#include <functional>

#include "sort_key.h"

namespace cascade {
namespace {

constexpr int32_t kCollectBlock = 1024;

struct Keys {
    uint64_t* first;
    int32_t count;

    uint64_t* begin() const { return first; }
    uint64_t* end() const { return first + count; }
};

float scale_of(float temperature) { return std::min(1.0f / temperature, __FLT_MAX__); }

float lowest_that_weighs(float best, double temperature) {
    return static_cast<float>(std::max(best + kLowestExponent * temperature, -static_cast<double>(__FLT_MAX__)));
}

// No token below this logit passes min-p.
float min_p_threshold(float best, float min_p) {
    if (min_p <= 0)
        return -__FLT_MAX__;
    const double threshold = best + log(static_cast<double>(std::min(min_p, 1.0f)));
    return static_cast<float>(std::max(threshold, -static_cast<double>(__FLT_MAX__)));
}

// A draw from the whole vocabulary needs no order but that of the ids: find the block the number falls into, then the
// token in it.
int32_t draw_from_all(const Level& level, const float* logits, int32_t n, float best, float temperature,
                      float threshold, double uniform, double* blocks) {
    const float scale = scale_of(temperature);
    threshold = std::max(threshold, lowest_that_weighs(best, temperature));
    const double target = uniform * level.weigh(logits, n, best, scale, threshold, blocks);
    const int32_t last_block = (n - 1) / kWeightBlock;
    double passed = 0;
    int32_t block = 0;
    for (; block < last_block && passed + blocks[block] <= target; block++)
        passed += blocks[block];
    while (blocks[block] <= 0)  // only when rounding carried the target past the last weight
        block--;
    int32_t token = CASCADE_NO_TOKEN;
    const int32_t end = std::min(n, (block + 1) * kWeightBlock);
    for (int32_t i = block * kWeightBlock; i < end; i++) {
        const float logit = usable(logits[i]);
        if (logit < threshold)
            continue;
        token = i;
        passed += expf((logit - best) * scale);
        if (passed > target)
            break;
    }
    return token;
}

int32_t draw_from(Keys keys, float best, double temperature, double uniform) {
    auto weight = [&](float logit) { return exp((static_cast<double>(logit) - best) / temperature); };
    double total = 0;
    for (uint64_t& key : keys) {
        const float logit = key_logit(key);
        total += weight(logit);
        uint32_t bits;
        memcpy(&bits, &logit, sizeof bits);
        key = static_cast<uint64_t>(key_token(key)) << 32 | bits;  // the draw walks ascending ids
    }
    std::sort(keys.begin(), keys.end());
    const double target = uniform * total;
    double passed = 0;
    int32_t token = CASCADE_NO_TOKEN;
    for (uint64_t key : keys) {
        const uint32_t bits = static_cast<uint32_t>(key);
        float logit;
        memcpy(&logit, &bits, sizeof logit);
        const double share = weight(logit);
        if (share <= 0)
            continue;
        token = static_cast<int32_t>(key >> 32);
        passed += share;
        if (passed > target)
            break;
    }
    return token;
}

// The k best tokens, in no order. Whenever 2k and a block have gathered, all but the k best go and the threshold rises.
Keys take_top_k(const Level& level, const float* logits, int32_t n, int32_t k, uint64_t* scratch) {
    const int32_t capacity = static_cast<int32_t>(std::min<int64_t>(n, 2 * int64_t{k} + kCollectBlock));
    float threshold = -__FLT_MAX__;
    int32_t count = 0;
    for (int32_t start = 0; start < n; start += kCollectBlock) {
        const int32_t end = std::min(n, start + kCollectBlock);
        if (count + (end - start) > capacity) {
            std::nth_element(scratch, scratch + k - 1, scratch + count);
            threshold = key_logit(scratch[k - 1]);
            count = k;
        }
        count += level.collect(logits, start, end, threshold, scratch + count);
    }
    if (count > k) {
        std::nth_element(scratch, scratch + k - 1, scratch + count);
        count = k;
    }
    return Keys{scratch, count};
}

// The tokens that top-p could keep: those with p >= (1 - top_p) / n. Proof: a token is kept only if the ones before it
// have less than top_p, so it and all after it have more than 1 - top_p. None of these, at most n, is more probable
// than it is; so its own share is more than (1 - top_p) / n.
Keys collect_for_top_p(const Level& level, const float* logits, int32_t n, float best, float top_p, float threshold,
                       double total, uint64_t* scratch) {
    constexpr double kRoundingSlack = 1e-4;  // in nats
    const double bound = best + log(total * (1.0 - top_p) / n) - kRoundingSlack;
    threshold = static_cast<float>(std::max<double>(threshold, bound));
    return Keys{scratch, level.collect(logits, 0, n, threshold, scratch)};
}

// The most probable keys that together reach `mass`, all if they do not. A heap gives them in order without sorting the
// many that follow.
Keys take_top_p(Keys keys, float best, double mass) {
    std::make_heap(keys.begin(), keys.end(), std::greater<>());
    double passed = 0;
    uint64_t* kept = keys.end();
    while (kept > keys.begin()) {
        std::pop_heap(keys.begin(), kept, std::greater<>());
        kept--;
        passed += exp(static_cast<double>(key_logit(*kept)) - best);
        if (passed >= mass)
            break;
    }
    return Keys{kept, static_cast<int32_t>(keys.end() - kept)};
}

Keys drop_below(Keys keys, float threshold) {
    uint64_t* end = std::remove_if(keys.begin(), keys.end(), [=](uint64_t key) { return key_logit(key) < threshold; });
    return Keys{keys.first, static_cast<int32_t>(end - keys.first)};
}

double mass_of(Keys keys, float best) {
    double mass = 0;
    for (uint64_t key : keys)
        mass += exp(static_cast<double>(key_logit(key)) - best);
    return mass;
}

}  // namespace

int32_t sample(const Level& level, const float* logits, int32_t n, const cascade_selection& selection, double uniform,
               uint64_t* scratch) {
    const Peak peak = level.peak(logits, n);
    if (peak.token < 0 || !(selection.temperature > 0) || selection.top_k == 1)
        return peak.token;

    const float best = peak.logit;
    const float threshold = min_p_threshold(best, selection.min_p);
    const bool by_k = selection.top_k > 0 && selection.top_k < n;
    const bool by_p = selection.top_p < 1;
    if (!by_k && !by_p) {
        return draw_from_all(level, logits, n, best, selection.temperature, threshold, uniform,
                             reinterpret_cast<double*>(scratch));
    }

    Keys kept;
    if (by_k) {
        kept = take_top_k(level, logits, n, selection.top_k, scratch);
        if (by_p)
            kept = take_top_p(kept, best, selection.top_p * mass_of(kept, best));
        kept = drop_below(kept, threshold);
    } else {
        const double total = level.weigh(logits, n, best, 1.0f, lowest_that_weighs(best, 1.0), nullptr);
        kept = collect_for_top_p(level, logits, n, best, selection.top_p, threshold, total, scratch);
        kept = take_top_p(kept, best, selection.top_p * total);
    }
    return draw_from(kept, best, selection.temperature, uniform);
}

}  // namespace cascade
