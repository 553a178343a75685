// The choice of one token: top-k, top-p and min-p at temperature 1, then the temperature, then one draw.
#pragma once

#include "level.h"

namespace cascade {

int32_t sample(const Level& level, const float* logits, int32_t n, const cascade_selection& selection, double uniform,
               uint64_t* scratch);

}  // namespace cascade
