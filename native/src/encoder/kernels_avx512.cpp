// Needs AVX-512 F and BW.
#include "avx512.h"

namespace cascade {
namespace {

struct MultiplyThenAdd {
    static __m512i add(__m512i sum, __m512i a, __m512i b) { return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b)); }
};

}  // namespace

const Kernels kAvx512Kernels = make_kernels<Avx512<MultiplyThenAdd>>();

}  // namespace cascade
