#include "kernels.h"

#include "cascade_encoder.h"

namespace cascade {

const Kernels* find_kernels(int32_t level) {
#ifdef CASCADE_X86_64
    const bool has_fma = __builtin_cpu_supports("fma");
    const bool has_avx512 = has_fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
#endif
    switch (level) {
        case CASCADE_ENCODER_SCALAR:
            return &kScalarKernels;
#ifdef CASCADE_X86_64
        case CASCADE_ENCODER_AVX2:
            return has_fma && __builtin_cpu_supports("avx2") ? &kAvx2Kernels : nullptr;
        case CASCADE_ENCODER_AVX512:
            return has_avx512 ? &kAvx512Kernels : nullptr;
        case CASCADE_ENCODER_VNNI:
            return has_avx512 && __builtin_cpu_supports("avx512vnni") ? &kVnniKernels : nullptr;
#endif
        default:
            return nullptr;
    }
}

}  // namespace cascade
