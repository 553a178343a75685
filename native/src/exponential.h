// One exponential for all libraries, over a vector type V. Internal to the translation unit that includes it, as passes.h says.
#pragma once

namespace cascade {
namespace {

// exp(x) for -87 <= x <= 0 to float rounding: x = k ln 2 + r with |r| <= ln 2 / 2, and the Taylor series
// of exp(r), whose first missing term, r^8 / 8!, is below 6e-9.
template <class V>
inline typename V::Reg exp_of(typename V::Reg x) {
    using Reg = typename V::Reg;
    // ln 2 in two parts, of which the first has so few digits that k times it is exact.
    constexpr float kLn2High = 0.693359375f;
    constexpr float kLn2Low = -2.12194440e-4f;
    const Reg k = V::round(V::mul(x, V::set(1.44269504f)));
    Reg r = V::fma(k, V::set(-kLn2High), x);
    r = V::fma(k, V::set(-kLn2Low), r);
    Reg power = V::set(1.0f / 5040);
    power = V::fma(power, r, V::set(1.0f / 720));
    power = V::fma(power, r, V::set(1.0f / 120));
    power = V::fma(power, r, V::set(1.0f / 24));
    power = V::fma(power, r, V::set(1.0f / 6));
    power = V::fma(power, r, V::set(0.5f));
    power = V::fma(power, r, V::set(1.0f));
    power = V::fma(power, r, V::set(1.0f));
    return V::scale(power, k);
}

}  // namespace
}  // namespace cascade
