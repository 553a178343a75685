#include "level.h"

namespace cascade {

const Level* find_level(int32_t level) {
    switch (level) {
        case CASCADE_SCALAR:
            return &kScalarLevel;
#ifdef CASCADE_X86_64
        case CASCADE_AVX2:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kAvx2Level : nullptr;
        case CASCADE_AVX512:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma") ? &kAvx512Level : nullptr;
#endif
        default:
            return nullptr;
    }
}

}  // namespace cascade
