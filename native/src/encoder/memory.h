// One allocation that many arrays are laid out in.
#pragma once

#include <stdint.h>

namespace cascade {

// Hands out zeroed arrays, each at a multiple of 64 bytes. It is gone through twice: without memory it only counts.
class Layout {
public:
    explicit Layout(uint8_t* memory) : memory_(memory) {}

    template <class T>
    T* take(int64_t count) {
        const int64_t at = size_;
        size_ += (count * static_cast<int64_t>(sizeof(T)) + kAlignment - 1) / kAlignment * kAlignment;
        return memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + at);
    }

    int64_t size() const { return size_; }

private:
    static constexpr int64_t kAlignment = 64;
    uint8_t* memory_;
    int64_t size_ = 0;
};

// Zeroed, on large pages where the system has them; null if there is not enough.
uint8_t* allocate(int64_t size);

// What allocate() gave, or null.
void release(uint8_t* memory);

}  // namespace cascade
