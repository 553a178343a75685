// The weights of a product.
#pragma once

#include "kernels.h"
#include "memory.h"

namespace cascade {

Matrix lay_out_matrix(Layout& layout, int32_t outputs, int32_t inputs);

Workspace lay_out_workspace(Layout& layout, int32_t longest_input);

// Rounds weights, outputs x inputs, to the matrix's integers.
void set_weights(Matrix& matrix, const float* weights);

}  // namespace cascade
