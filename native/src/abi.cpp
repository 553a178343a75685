#include "cascade_native.h"

#include "level.h"
#include "sampling.h"

extern "C" {

uint32_t cascade_abi_version(void) { return CASCADE_ABI_VERSION; }

int32_t cascade_best_level(void) {
    int32_t level = CASCADE_AVX512;
    while (cascade::find_level(level) == nullptr)
        level--;
    return level;
}

int32_t cascade_summarize(int32_t level, const float* logits, int32_t n, cascade_summary* summary) {
    const cascade::Level* passes = cascade::find_level(level);
    if (passes == nullptr || logits == nullptr || n <= 0 || summary == nullptr)
        return CASCADE_BAD_ARGUMENT;
    *summary = cascade_summary{};
    return passes->summarize(logits, n, *summary) ? 0 : CASCADE_NO_TOKEN;
}

int32_t cascade_sample(int32_t level, const float* logits, int32_t n, const cascade_selection* selection,
                       double uniform, uint64_t* scratch) {
    const cascade::Level* passes = cascade::find_level(level);
    if (passes == nullptr || logits == nullptr || n <= 0 || selection == nullptr || scratch == nullptr)
        return CASCADE_BAD_ARGUMENT;
    return cascade::sample(*passes, logits, n, *selection, uniform, scratch);
}

}
