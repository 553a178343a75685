// One float at a time: what the other levels are compared with.
#include "passes.h"

namespace cascade {
namespace {

struct Scalar {
    struct Reg {
        float of[kWidth];
    };
    static constexpr int kKeys = 1;

    static Reg load(const float* source) {
        return make([=](int i) { return source[i]; });
    }
    static void store(float* target, Reg x) { memcpy(target, x.of, sizeof x.of); }
    static Reg set(float x) {
        return make([=](int) { return x; });
    }
    static Reg add(Reg a, Reg b) {
        return make([&](int i) { return a.of[i] + b.of[i]; });
    }
    static Reg sub(Reg a, Reg b) {
        return make([&](int i) { return a.of[i] - b.of[i]; });
    }
    static Reg mul(Reg a, Reg b) {
        return make([&](int i) { return a.of[i] * b.of[i]; });
    }
    static Reg fma(Reg a, Reg b, Reg c) {
        return make([&](int i) { return fmaf(a.of[i], b.of[i], c.of[i]); });
    }
    static Reg max(Reg a, Reg b) {
        return make([&](int i) { return a.of[i] > b.of[i] ? a.of[i] : b.of[i]; });
    }
    static Reg min(Reg a, Reg b) {
        return make([&](int i) { return a.of[i] < b.of[i] ? a.of[i] : b.of[i]; });
    }
    static Reg abs(Reg x) {
        return make([&](int i) { return fabsf(x.of[i]); });
    }
    static Reg round(Reg x) {
        return make([&](int i) { return rintf(x.of[i]); });
    }
    static Reg scale(Reg x, Reg k) {
        return make([&](int i) { return ldexpf(x.of[i], static_cast<int>(k.of[i])); });
    }
    static float max_across(Reg x) {
        for (int half = kWidth / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++)
                x.of[i] = x.of[i] > x.of[i + half] ? x.of[i] : x.of[i + half];
        }
        return x.of[0];
    }
    static float sum_across(Reg x) {
        for (int half = kWidth / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++)
                x.of[i] += x.of[i + half];
        }
        return x.of[0];
    }
    static void store_integers(int16_t* target, Reg x) {
        for (int i = 0; i < kWidth; i++)
            target[i] = static_cast<int16_t>(lrintf(x.of[i]));
    }

    static void add_tile(const int16_t* weights, const float* scales, const int16_t* x, int64_t stride,
                         const float* row_scales, int64_t scale_stride, bool is_first, float* sums) {
        for (int row = 0; row < kTile; row++) {
            int32_t integers[kPanel] = {};
            for (int k = 0; k < kBlock; k++) {
                for (int i = 0; i < kPanel; i++)
                    integers[i] += weights[(k / 2 * kPanel + i) * 2 + k % 2] * x[row * stride + k];
            }
            for (int i = 0; i < kPanel; i++) {
                float* sum = sums + row * kPanel + i;
                *sum = fmaf(static_cast<float>(integers[i]), scales[i] * row_scales[row * scale_stride], is_first ? 0 : *sum);
            }
        }
    }

private:
    template <class Make>
    static Reg make(Make value) {
        Reg x;
        for (int i = 0; i < kWidth; i++)
            x.of[i] = value(i);
        return x;
    }
};

}  // namespace

const Kernels kScalarKernels = make_kernels<Scalar>();

}  // namespace cascade
