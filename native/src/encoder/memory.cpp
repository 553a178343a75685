#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

namespace cascade {

uint8_t* allocate(int64_t size) {
    constexpr size_t kPage = size_t{2} << 20;
    const size_t whole = (static_cast<size_t>(size) + kPage - 1) / kPage * kPage;
    void* memory = aligned_alloc(kPage, whole);
    if (memory == nullptr)
        return nullptr;
    madvise(memory, whole, MADV_HUGEPAGE);  // what cannot be had is done without
    memset(memory, 0, static_cast<size_t>(size));
    return static_cast<uint8_t*>(memory);
}

void release(uint8_t* memory) { free(memory); }

}  // namespace cascade
