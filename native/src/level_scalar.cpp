// One float at a time, for processors that are not known here.
#include "passes.h"

namespace cascade {
namespace {

struct Scalar {
    using Reg = float;
    static constexpr int32_t kWidth = 1;

    static Reg load(const float* source) { return *source; }
    static void store(float* target, Reg x) { *target = x; }
    static Reg set(float x) { return x; }
    static Reg usable(Reg x) { return cascade::usable(x); }
    static Reg add(Reg a, Reg b) { return a + b; }
    static Reg sub(Reg a, Reg b) { return a - b; }
    static Reg mul(Reg a, Reg b) { return a * b; }
    static Reg fma(Reg a, Reg b, Reg c) { return a * b + c; }
    static Reg max(Reg a, Reg b) { return a > b ? a : b; }
    static Reg min(Reg a, Reg b) { return a < b ? a : b; }
    // For x <= 0, the only ones that come here.
    static Reg round(Reg x) { return static_cast<float>(static_cast<int32_t>(x - 0.5f)); }
    static Reg scale(Reg x, Reg k) {
        const uint32_t bits = static_cast<uint32_t>(static_cast<int32_t>(k) + 127) << 23;
        float power;
        memcpy(&power, &bits, sizeof power);
        return x * power;
    }
    static Reg zero_below(Reg value, Reg x, Reg threshold) { return x >= threshold ? value : 0.0f; }
    static uint32_t at_least(Reg x, Reg threshold) { return x >= threshold ? 1u : 0u; }
    static float max_across(Reg x) { return x; }
    static float sum_across(Reg x) { return x; }
};

}  // namespace

const Level kScalarLevel = make_level<Scalar>();

}  // namespace cascade
