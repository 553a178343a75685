// Needs AVX-512 F, BW and VNNI.
#include "avx512.h"

namespace cascade {
namespace {

struct InOneInstruction {
    static __m512i add(__m512i sum, __m512i a, __m512i b) { return _mm512_dpwssd_epi32(sum, a, b); }
};

}  // namespace

const Kernels kVnniKernels = make_kernels<Avx512<InOneInstruction>>();

}  // namespace cascade
